"""The scan router: every scan gets an id and exactly one outcome, chosen before anybody acts on it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter, deque
from collections.abc import Callable, Mapping

from agent.core.clock import Clock
from agent.core.errors import InvalidInput, Refused, Unreachable
from agent.core.events import ScanRouted
from agent.core.gs1 import SEPARATOR, check_digit_ok, elements
from agent.core.ids import Ids
from agent.core.scan import TEST_CODES, Code, Scan, ScanKind
from agent.flows.bus import Bus
from agent.flows.loyalty.counter import Loyalty

log = logging.getLogger(__name__)

LOOKUP_DEADLINE_S = 4.0
"""A scan is answered within this, with a member or with what to do instead."""
PROOF_S = 600.0
"""For so long a scan proves that its member stands here."""
REMEMBERED = 50
"""Recent scans kept for the screen's list."""
PRODUCT_SYMBOLOGIES = frozenset({"ean13", "ean8", "upca", "upce"})
EAN = re.compile(r"^(\d{8}|\d{12,14})$")
COUPON = re.compile(r"^(?:\x1d?(?:255\d{13}|8110|8112)|9[89]\d{11}$)")
"""GS1 coupon element strings (255, 8110, 8112) and EAN-13 coupons 98 and 99 (GS1 general specifications)."""
NOTHING = r"(?!)"
"""Fits no text."""
MEMBER_NUMBER, COUPON_NUMBERS, GOODS_NUMBERS = "8018", {"255", "8110", "8112"}, {"01", "02"}
"""GS1 application identifiers: service relation of a recipient (a member's card), coupons, trade items."""
BARE_NUMBER = re.compile(r"^8018\d{18}$", re.ASCII)
"""A member's card read by a scanner that does not say that it is GS1."""


class Scans:
    """Decides what a code is and, for members, who."""

    def __init__(
        self,
        loyalty: Loyalty,
        bus: Bus,
        *,
        clock: Clock,
        ids: Ids,
        normalise: Callable[[str], str],
        member_pattern: str,
        voucher_pattern: str = "",
        card_pattern: str = "",
        refusals: Counter[str] | None = None,
        cloud_name: str = "Cata",
    ) -> None:
        """`member_pattern` is the shape of the programme's own codes, asked after the product test; an empty one fits none.

        `card_pattern` comes before every other test: store cards share the number range of weighed goods.
        """
        self._loyalty = loyalty
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._normalise = normalise
        self._member_pattern = re.compile(member_pattern)
        self._voucher_pattern = re.compile(voucher_pattern or NOTHING)
        self._card_pattern = re.compile(card_pattern or NOTHING)
        self._cloud_name = cloud_name
        self.refusals: Counter[str] = Counter() if refusals is None else refusals
        """How often scans were refused, by reason."""
        self.recent: deque[Scan] = deque(maxlen=REMEMBERED)
        """Newest first."""
        self._routed: dict[str, float] = {}

    def proven(self, scan_id: str) -> str | None:
        """The uuid of the member whose own code was scanned just now; a phone number or e-mail address proves nobody."""
        scan = next((each for each in self.recent if each.id == scan_id), None)
        if scan is None or scan.member is None or "@" in scan.code or scan.code.startswith("+"):
            return None
        return scan.member.uuid if self._clock.monotonic() - self._routed[scan_id] <= PROOF_S else None

    async def route(self, code: Code, device: str) -> Scan:
        """One scan with its one outcome; never raises for what was scanned."""
        if code.text in TEST_CODES:
            sentence = "This is a test code. The scanner works."
            return self._finish(self._scan(device, code.symbology, ScanKind.UNKNOWN, code.text, "test_code", sentence))
        parts = gs1_parts(code)
        try:
            identifier = self._normalise(parts.get(MEMBER_NUMBER) or code.text.replace(SEPARATOR, " "))
        except InvalidInput as error:
            return self.refuse(device, error.reason, error.message)
        kind = self._kind(code, identifier, parts)
        if kind is not ScanKind.MEMBER:
            return self._finish(self._scan(device, code.symbology, kind, identifier))
        return self._finish(await self._member(device, code.symbology, identifier))

    def refuse(self, device: str, reason: str, message: str) -> Scan:
        """A scan that is never passed on; its text is not kept."""
        self.refusals[reason] += 1
        return self._finish(self._scan(device, "", ScanKind.REFUSED, "", reason, message))

    def _kind(self, code: Code, identifier: str, parts: Mapping[str, str]) -> ScanKind:
        if MEMBER_NUMBER in parts or self._card_pattern.search(identifier):
            return ScanKind.MEMBER
        if COUPON.match(code.text) or parts.keys() & COUPON_NUMBERS or self._voucher_pattern.search(identifier):
            return ScanKind.VOUCHER
        if (
            parts.keys() & GOODS_NUMBERS
            or code.symbology in PRODUCT_SYMBOLOGIES
            or (EAN.match(identifier) and check_digit_ok(identifier))
        ):
            return ScanKind.PRODUCT
        is_member = "@" in identifier or identifier.startswith("+") or self._member_pattern.search(identifier)
        return ScanKind.MEMBER if is_member else ScanKind.UNKNOWN

    async def _member(self, device: str, symbology: str, identifier: str) -> Scan:
        try:
            async with asyncio.timeout(LOOKUP_DEADLINE_S):
                member = await self._loyalty.lookup(identifier)
        except TimeoutError:
            return self._scan(
                device,
                symbology,
                ScanKind.MEMBER,
                identifier,
                "slow",
                f"{self._cloud_name} is slow to answer. Points can be saved all the same.",
            )
        except Unreachable as error:
            return self._scan(device, symbology, ScanKind.MEMBER, identifier, error.reason, error.message)
        except Refused as error:
            return self._scan(device, symbology, ScanKind.UNKNOWN, identifier, error.reason, error.message)
        found = self._scan(device, symbology, ScanKind.MEMBER, identifier)
        return Scan(id=found.id, device=device, code=identifier, symbology=symbology, kind=found.kind, at=found.at, member=member)

    def _scan(self, device: str, symbology: str, kind: ScanKind, code: str, reason: str = "", message: str = "") -> Scan:
        return Scan(
            id=self._ids.new(),
            device=device,
            code=code,
            symbology=symbology,
            kind=kind,
            at=self._clock.now(),
            reason=reason,
            message=message,
        )

    def _finish(self, scan: Scan) -> Scan:
        log.info("scan routed scan=%s device=%s kind=%s reason=%s", scan.id, scan.device, scan.kind, scan.reason or "none")
        self.recent.appendleft(scan)
        self._routed = {each.id: self._routed.get(each.id, self._clock.monotonic()) for each in self.recent}
        self._bus.publish(ScanRouted(scan))
        return scan


def gs1_parts(code: Code) -> dict[str, str]:
    """The elements of GS1 data by application identifier; empty for every other code."""
    says_so = code.symbology.startswith("gs1") or SEPARATOR in code.text or (not code.symbology and BARE_NUMBER.match(code.text))
    if not says_so:
        return {}
    try:
        return {element.ai: element.value for element in elements(code.text)}
    except InvalidInput:
        return {}
