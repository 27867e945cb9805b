"""The policy file of this computer: what IT has decided for every till on it; it wins over config.toml and is shown locked."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import platformdirs

from agent.core.errors import InvalidInput

ENV = "CATA_BRIDGE_POLICY"
"""Another place of the policy file; empty means none."""
POSIX_FILE = Path("/etc/cata-bridge/policy.toml")
LARGEST_FILE = 1024 * 1024


def policy_file(env: Mapping[str, str]) -> Path | None:
    """Where the policy would be; None where the environment says that there is none."""
    if ENV in env:
        return Path(env[ENV]) if env[ENV] else None
    return (
        POSIX_FILE if os.name == "posix" else Path(platformdirs.site_config_dir("cata-bridge", appauthor=False)) / "policy.toml"
    )


def read_policy(env: Mapping[str, str]) -> dict[str, Any]:
    """Its values, unchecked; raises InvalidInput `unreadable_policy`: a policy that cannot be read must not be passed over."""
    path = policy_file(env)
    try:
        content = path.read_bytes()[: LARGEST_FILE + 1] if path else b""
        if len(content) > LARGEST_FILE:
            raise InvalidInput("unreadable_policy", "The policy file of this computer is far too large.")
        return tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("unreadable_policy", f"The policy file {path} cannot be read: {error}.") from None
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        sentence = f"The policy file {path} cannot be read."
        raise InvalidInput("unreadable_policy", sentence, details=type(error).__name__) from None


def impose(policy: Mapping[str, Any], raw: dict[str, Any]) -> None:
    """Put the policy's values over a tree of settings; tables are joined key by key, lists are replaced whole."""
    for key, value in policy.items():
        below = raw.get(key)
        if isinstance(value, Mapping) and isinstance(below, dict):
            impose(value, below)
        else:
            raw[key] = value


def keys_of(tree: Mapping[str, Any], at: str = "") -> list[str]:
    """The dotted keys of everything in a tree of settings; a list is one key."""
    found: list[str] = []
    for key, value in tree.items():
        found += keys_of(value, f"{at}{key}.") if isinstance(value, Mapping) else [at + key]
    return found
