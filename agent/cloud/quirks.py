"""Every assumption about Cata that its public pages do not settle, each behind one name; settings table `[cloud.quirks]`."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

PATH = Annotated[str, StringConstraints(pattern=r"^/[^\s?#]*$")]
WORD = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Quirks(BaseModel):
    """[gap] What Cata has not published (docs/contract.md); change a key when the live service turns out otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lookup_path: PATH = "/api/v1/loyalty/customer"
    """Where members are looked up (3.2)."""
    lookup_param: WORD = "identifier"
    """Query parameter that carries e-mail, phone or code (3.2)."""
    in_progress_literal: Literal["IN_PROGRESS", "IN PROGRESS"] = "IN_PROGRESS"
    """Spelling tried first; the other one is tried once after a 400 and then remembered (6.2)."""
    rejected_literal: WORD = "REJECTED"
    """Spelling of the status by which a shop refuses an order (6.2)."""
    rotate_path: str = Field("rotate-secret", pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")
    """Last part of the address that makes a new webhook secret (5.4)."""
    contact_style: Literal["string", "object"] = "string"
    """Whether an outlet's contact is one text or an object of phone and e-mail (7.1)."""
    busy_key: WORD = "isBusy"
    """Name of the flag in the body of `PATCH .../busy` (7.3)."""
    accept_empty: bool = True
    """Whether 2xx without a body is a success where no answer is documented: statuses, outlets, deletion (6.1, 7.3, 5.4)."""
    insufficient_points: str = (
        r"(insufficient|not enough|exceed).{0,40}(point|balance)|(point|balance).{0,40}(insufficient|not enough)"
    )
    """Words by which a refusal means too few points, whatever its status (3.7)."""
    insufficient_code: int = 1001
    """Business code that means too few points (3.7)."""
    member_unknown: str = (
        r"(customer|member|user).{0,40}(not found|unknown|not exist|no such)|(no such|unknown) (customer|member|user)"
    )
    """Words by which a refusal means that there is no such member, whatever its status (3.2)."""

    @field_validator("insufficient_points", "member_unknown")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error:
            raise ValueError("is no regular expression") from None
        return value

    def means_too_few_points(self, said: str, code: int | None = None) -> bool:
        """Whether a refusal is about the balance."""
        return code == self.insufficient_code or re.search(self.insufficient_points, said, re.IGNORECASE) is not None

    def means_no_such_member(self, said: str) -> bool:
        """Whether a refusal is about the member."""
        return re.search(self.member_unknown, said, re.IGNORECASE) is not None


OTHER_IN_PROGRESS = {"IN_PROGRESS": "IN PROGRESS", "IN PROGRESS": "IN_PROGRESS"}
LONGEST_REF_CODE = 64
"""[gap] 3.4: assumed to be 1 to 64 of letters, digits and `._:-`; ours are 40."""
LONGEST_NOTE = 200
"""[gap] 3.4: how much of a note is sent."""
UUID_PLACES = ("customerUuid", "customer.customerUuid", "customer.uuid", "data.customerUuid", "data.uuid", "uuid")
"""[gap] 3.2: where a lookup's answer may hold the member, first found wins."""
FEATURE_ABSENT = frozenset({404, 405, 501})
"""[gap] 9.3: answers that mean a call does not exist."""
