"""The scan router: every scan has one outcome, and what is no member's code is never passed on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.core.scan import Code, Scan, ScanKind
from agent.flows.loyalty import scans as scan_module
from agent.flows.loyalty.scans import Scans
from tests.support.desk import Desk, open_desk, text_of
from tests.support.ledger_cloud import MEI, MEI_CODE, MEI_PHONE, lost_request

CARD = "4111 1111 1111 1111"


@dataclass
class Counter:
    desk: Desk
    scans: Scans

    async def scan(self, text: str, symbology: str = "qr", device: str = "front") -> Scan:
        return await self.scans.route(Code(text, symbology), device)


@asynccontextmanager
async def open_counter(
    folder: Path, member_pattern: str = "^KK-", voucher_pattern: str = "", card_pattern: str = ""
) -> AsyncIterator[Counter]:
    async with open_desk(folder) as desk:
        scans = Scans(
            desk.loyalty,
            desk.shop.bus,
            clock=desk.clock,
            ids=desk.shop.ids,
            normalise=text_of,
            member_pattern=member_pattern,
            voucher_pattern=voucher_pattern,
            card_pattern=card_pattern,
        )
        yield Counter(desk, scans)


@pytest.mark.parametrize("text", [MEI_CODE, "+65 9123 0001", "https://kopi.example/m?code=KK-MEI-001", '{"code": "KK-MEI-001"}'])
async def test_a_members_code_finds_the_member(tmp_path: Path, text: str) -> None:
    async with open_counter(tmp_path) as counter:
        found = await counter.scan(text)
        assert found.kind is ScanKind.MEMBER
        assert found.member is not None
        assert found.member.uuid == MEI
        assert list(counter.scans.recent) == [found]


@pytest.mark.parametrize(
    ("text", "symbology", "kind"),
    [
        ("4006381333931", "", ScanKind.PRODUCT),
        ("40170725", "", ScanKind.PRODUCT),
        ("KK-1", "ean13", ScanKind.PRODUCT),
        ("9912345678903", "", ScanKind.VOUCHER),
        ("8110100707340143853100110110", "", ScanKind.VOUCHER),
        ("GIFT-77", "", ScanKind.VOUCHER),
        ("TABLE-7", "", ScanKind.UNKNOWN),
    ],
)
async def test_what_is_no_member_is_named_and_nobody_is_asked(tmp_path: Path, text: str, symbology: str, kind: ScanKind) -> None:
    async with open_counter(tmp_path, voucher_pattern="^GIFT-") as counter:
        found = await counter.scan(text, symbology)
        assert (found.kind, found.code, found.member) == (kind, text, None)
        assert counter.desk.cloud.calls == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CARD, "card_number"),
        (CARD.replace(" ", ""), "card_number"),
        ('{"code": "5555-5555-5555-4444"}', "card_number"),
        ("", "empty"),
        ("KK\x07MEI", "control_characters"),
        ("K" * 3_000, "too_long"),
    ],
)
async def test_what_may_not_be_kept_is_refused_counted_and_forgotten(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, reason: str
) -> None:
    caplog.set_level("DEBUG")
    async with open_counter(tmp_path) as counter:
        found = await counter.scan(text)
        assert (found.kind, found.reason, found.code) == (ScanKind.REFUSED, reason, "")
        assert found.message
        assert counter.scans.refusals == {reason: 1}
        assert counter.desk.cloud.calls == []
        digits = text.replace(" ", "").replace("-", "")[-4:]
        assert len(text) < 10 or digits not in caplog.text + repr(counter.scans.recent)


async def test_a_code_of_the_programme_that_nobody_has_is_unknown(tmp_path: Path) -> None:
    async with open_counter(tmp_path) as counter:
        found = await counter.scan("KK-NOBODY")
        assert (found.kind, found.reason) == (ScanKind.UNKNOWN, "member_unknown")


async def test_without_an_answer_it_is_still_a_member_and_points_can_be_saved(tmp_path: Path) -> None:
    async with open_counter(tmp_path) as counter:
        counter.desk.cloud.trouble("lookup", lost_request())
        found = await counter.scan(MEI_PHONE)
        assert (found.kind, found.code, found.reason, found.member) == (ScanKind.MEMBER, MEI_PHONE, "offline", None)


async def test_a_slow_cloud_is_not_waited_for_longer_than_a_queue_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "LOOKUP_DEADLINE_S", 0.02)
    async with open_counter(tmp_path) as counter:
        counter.desk.cloud.gate = asyncio.Event()
        found = await counter.scan(MEI_CODE)
        assert (found.kind, found.reason) == (ScanKind.MEMBER, "slow")


async def test_only_recent_scans_are_kept_newest_first(tmp_path: Path) -> None:
    async with open_counter(tmp_path) as counter:
        for number in range(60):
            await counter.scan(f"TABLE-{number}")
        assert [scan.code for scan in counter.scans.recent][:2] == ["TABLE-59", "TABLE-58"]
        assert len(counter.scans.recent) == 50


async def test_a_store_card_in_the_number_range_of_goods_is_a_member(tmp_path: Path) -> None:
    async with open_counter(tmp_path, card_pattern=r"^29\d{11}$") as counter:
        found = await counter.scan("2900000000018", "ean13")
        assert (found.kind, found.reason) == (ScanKind.UNKNOWN, "member_unknown")
        assert [call[0] for call in counter.desk.cloud.calls] == ["lookup"]
        assert (await counter.scan("2000000000008", "ean13")).kind is ScanKind.PRODUCT


@pytest.mark.parametrize(
    ("text", "symbology", "kind", "code"),
    [
        ("8018950110153000000014", "gs1-128", ScanKind.UNKNOWN, "950110153000000014"),
        ("8018950110153000000014", "", ScanKind.UNKNOWN, "950110153000000014"),
        ("0109501101530003" + "10LOT-7\x1d" + "21X1", "gs1-datamatrix", ScanKind.PRODUCT, "010950110153000310LOT-721X1"),
        ("21X1\x1d2559501101530003", "gs1-128", ScanKind.VOUCHER, "21X12559501101530003"),
        ("KK-7", "gs1-128", ScanKind.UNKNOWN, "KK-7"),
    ],
)
async def test_gs1_codes_say_what_they_are(tmp_path: Path, text: str, symbology: str, kind: ScanKind, code: str) -> None:
    async with open_counter(tmp_path) as counter:
        found = await counter.scan(text, symbology)
        assert (found.kind, found.code) == (kind, code)


async def test_a_scan_proves_its_member_for_a_while_and_a_phone_number_proves_nobody(tmp_path: Path) -> None:
    async with open_counter(tmp_path) as counter:
        code, phone = await counter.scan(MEI_CODE), await counter.scan(MEI_PHONE)
        product = await counter.scan("4006381333931", "ean13")
        assert [counter.scans.proven(scan.id) for scan in (code, phone, product)] == [MEI, None, None]
        assert counter.scans.proven("never-scanned") is None
        counter.desk.clock.jump(-86_400)
        counter.desk.clock.move(scan_module.PROOF_S + 1)
        assert counter.scans.proven(code.id) is None
