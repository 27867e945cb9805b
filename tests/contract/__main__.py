"""`python -m tests.contract`: runs the contract suite, and writes the table of docs/drivers.md when all of it is green."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.contract.table import PAGE, table, written

HERE = Path(__file__).parent


def main() -> int:
    """Exit code of the suite; a red one leaves the page as it was."""
    code = int(pytest.main(["-q", "-n", "0", "-p", "no:cacheprovider", f"--ignore={HERE / 'test_table.py'}", str(HERE)]))
    if code == 0:
        PAGE.write_text(written(PAGE.read_text("utf-8"), table()), "utf-8")
        print("The suite is green; the table of docs/drivers.md is as the benches say.")  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
