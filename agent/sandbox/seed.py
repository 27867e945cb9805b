"""What the practice cloud starts with: a TOML or JSON file that is read whole or refused with one sentence."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from agent.core.errors import InvalidInput
from agent.sandbox.cockato.seed import SeedCockato
from agent.sandbox.modes import Modes


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Expiring(_Part):
    expires_at: AwareDatetime | None = None
    expires_in_days: int | None = None

    def expiry(self, start: datetime) -> datetime | None:
        """When it expires, counted from the start of the practice cloud; None is never."""
        return self.expires_at if self.expires_in_days is None else start + timedelta(days=self.expires_in_days)


class SeedKey(_Expiring):
    """An API key."""

    key: str = Field(min_length=1, repr=False)
    revoked: bool = False


class SeedBatch(_Expiring):
    """Points that expire together."""

    points: int = Field(ge=1)


class SeedMember(_Part):
    """A member of the programme; an empty uuid gets a new one."""

    uuid: str = ""
    codes: tuple[str, ...] = ()
    phone: str = Field("", repr=False)
    email: str = Field("", repr=False)
    first_name: str = Field("", repr=False)
    last_name: str = Field("", repr=False)
    batches: tuple[SeedBatch, ...] = ()


class SeedOutlet(BaseModel):
    """An outlet; further fields are those of the outlet resource."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    external_id: str = ""


class SeedTenant(_Part):
    """A customer of Cata."""

    id: str = Field(min_length=1)
    subdomain: str = Field(pattern=r"^[a-z0-9-]+$")
    name: str = ""
    keys: tuple[SeedKey, ...] = ()
    outlets: tuple[SeedOutlet, ...] = ()
    members: tuple[SeedMember, ...] = ()
    products: tuple[dict[str, object], ...] = ()
    providers: tuple[str, ...] = ()
    modes: Modes = Modes()


class Seed(_Part):
    """The whole practice cloud at its start."""

    tenants: tuple[SeedTenant, ...] = Field(min_length=1)
    cockato: SeedCockato = SeedCockato()
    """The other cloud, at the same address."""


def default_seed() -> Seed:
    """The shipped one: tenant `kopikita`, outlet Toa Payoh Lor 4, key `ck_test_sandbox`."""
    return _read(resources.files("agent.sandbox").joinpath("seed.toml").read_text("utf-8"), is_json=False)


def load_seed(path: Path) -> Seed:
    """Read a seed file, JSON by its suffix and TOML otherwise; raises InvalidInput `invalid_seed`."""
    try:
        return _read(path.read_text("utf-8"), is_json=path.suffix.lower() == ".json")
    except OSError as problem:
        raise InvalidInput("invalid_seed", f"The seed file {path} cannot be read: {problem.strerror}.") from None
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise InvalidInput(
            "invalid_seed", f"The seed file {path} does not fit at {where}: {first['msg']}.", field=where
        ) from None
    except ValueError as problem:
        raise InvalidInput("invalid_seed", f"The seed file {path} is not well formed: {problem}.") from None


def _read(text: str, *, is_json: bool) -> Seed:
    return Seed.model_validate(json.loads(text, parse_float=Decimal) if is_json else tomllib.loads(text, parse_float=Decimal))
