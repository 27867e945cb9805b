"""`cata-bridge` and `python -m agent`."""

from __future__ import annotations

import sys


def main() -> int:
    """The exit code of the command line that was typed."""
    from agent.cli.app import main as command_line

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
