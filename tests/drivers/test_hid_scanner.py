"""A scanner that types is found by what it is, taken alone, read by its own layout, and never mixed with typing."""

from __future__ import annotations

import errno
import fcntl
import platform
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.core.errors import CataBridgeError, InvalidInput, NeedsPerson, Unreachable
from agent.core.roles import Device
from drivers.registry import build, spec_of
from drivers.transport import input_line
from tests.support.device_sink import Recorded, context, running, until_scans
from tests.support.peers.keyboard_scanner import KNOB, KeyboardPeer, list_itself


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(input_line, "SYSFS", tmp_path / "sys")
    monkeypatch.setattr(input_line, "DEVICES", tmp_path / "dev")
    return tmp_path


@pytest.fixture
def peer(root: Path) -> Iterator[KeyboardPeer]:
    made = KeyboardPeer(root)
    yield made
    made.unplug()


def scanner(folder: Path, **options: object) -> Device:
    return build("front", "hid-scanner", {"grab": False, **options}, context(folder))


@pytest.mark.parametrize(
    "options",
    [{"match": "05e0:1200"}, {"match": "05E0:1200:S1"}, {"usb_name": "bar code"}, {"usb_name": "symbol", "match": "05e0:1200"}],
)
async def test_it_is_found_by_what_it_is(peer: KeyboardPeer, root: Path, options: dict[str, object]) -> None:
    list_itself(root / "sys" / "event0", identity="046d:c31c", name="Office Keyboard", keys="0 0 0 1")
    list_itself(root / "sys" / "event1", identity="05e0:1200:S1", name="Symbol Bar Code Scanner Consumer Control", keys=KNOB)
    async with running(scanner(root, **options)) as (sink, _):
        assert sink.states[-1][1] == "Ready: Symbol Bar Code Scanner."
        await peer.type(b"CKT12345678\r")
        await until_scans(sink, 1)
    assert sink.texts == ["CKT12345678"]


async def test_several_that_fit_are_named_instead_of_guessed(peer: KeyboardPeer, root: Path) -> None:
    other = KeyboardPeer(root, 7, identity="1eab:0001", name="Newland Code Reader")
    with pytest.raises(InvalidInput) as refused:
        await scanner(root, usb_name="code").test()
    other.unplug()
    assert refused.value.reason == "several_devices"
    assert "1eab:0001" in refused.value.message
    assert "Symbol" in await scanner(root, usb_name="code").test()


async def test_what_is_not_plugged_in_is_missing(root: Path) -> None:
    for options in ({"match": "05e0:1200"}, {"usb_name": "zebra"}, {"path": str(root / "nowhere")}):
        with pytest.raises(Unreachable) as missing:
            await scanner(root, **options).run(Recorded())
        assert missing.value.reason == "device_missing"


async def test_plugged_in_again_under_another_number_it_is_found(root: Path) -> None:
    first = KeyboardPeer(root, 3)
    device = scanner(root, path=first.path)
    async with running(device) as (_, task):
        first.unplug()
        with pytest.raises(Unreachable):
            await task
    second = KeyboardPeer(root, 9)
    async with running(device) as (sink, _):
        await second.type(b"AGAIN\r")
        await until_scans(sink, 1)
    second.unplug()
    assert sink.texts == ["AGAIN"]


async def test_another_scanner_at_the_same_path_is_taken_in_its_place(root: Path) -> None:
    first = KeyboardPeer(root, 3)
    device = scanner(root, path=first.path)
    async with running(device) as (_, task):
        first.unplug()
        with pytest.raises(Unreachable):
            await task
    second = KeyboardPeer(root, 3, identity="1eab:0001", name="Newland")
    async with running(device) as (sink, _):
        assert "Newland" in sink.states[-1][1]
    second.unplug()


async def test_a_link_to_the_device_is_followed(peer: KeyboardPeer, root: Path) -> None:
    (root / "by-id").symlink_to(peer.path)
    async with running(scanner(root, path=str(root / "by-id"))) as (sink, _):
        assert "Symbol" in sink.states[-1][1]


async def test_its_own_layout_is_used(peer: KeyboardPeer, root: Path) -> None:
    async with running(scanner(root, path=peer.path, layout="de")) as (sink, _):
        await peer.press((100, 10), (42, 46), (2,), (42, 44), (53,), (42, 8), (28,))
        await until_scans(sink, 1)
    assert [(code.text, code.symbology) for code in sink.codes] == [("Y-/", "gs1-128")]


async def test_keys_typed_by_a_hand_are_no_code(peer: KeyboardPeer, root: Path) -> None:
    async with running(scanner(root, path=peer.path)) as (sink, _):
        await peer.type(b"HAND\r", gap_s=0.4)
        await peer.type(b"REAL-1\r")
        await until_scans(sink, 1)
    assert sink.texts == ["REAL-1"]
    assert set(sink.refusals) == {"scan_unfinished"}


async def test_the_tail_of_a_code_that_was_interrupted_is_no_code(peer: KeyboardPeer, root: Path) -> None:
    async with running(scanner(root, path=peer.path)) as (sink, _):
        await peer.type(b"CKT1234")
        await peer.press((6,), gap_s=0.3)
        await peer.type(b"5678\rNEXT\r")
        await until_scans(sink, 1)
    assert (sink.texts, sink.refusals) == (["NEXT"], ["scan_unfinished"])


async def test_a_pause_ends_a_code_that_has_no_suffix(peer: KeyboardPeer, root: Path) -> None:
    async with running(scanner(root, path=peer.path, suffix="none", idle_ms=60)) as (sink, _):
        await peer.type(b"ONE")
        await peer.press((3,), gap_s=0.5)
        await until_scans(sink, 2)
    assert sink.texts == ["ONE", "2"]


async def test_a_code_of_which_keys_were_lost_is_refused(peer: KeyboardPeer, root: Path) -> None:
    async with running(scanner(root, path=peer.path)) as (sink, _):
        await peer.type(b"CKT1", b"678\rNEXT\r")
        await until_scans(sink, 1)
    assert (sink.texts, sink.refusals) == (["NEXT"], ["scan_garbled"])


@pytest.mark.parametrize(
    ("number", "kind", "reason"),
    [
        (errno.EBUSY, Unreachable, "port_in_use"),
        (errno.ENOTTY, Unreachable, "port_failed"),
        (errno.ENODEV, Unreachable, "device_missing"),
        (errno.EACCES, NeedsPerson, "port_not_permitted"),
    ],
)
async def test_why_it_cannot_be_had_is_said(
    peer: KeyboardPeer, root: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[CataBridgeError], reason: str
) -> None:
    def refuse(_handle: int, request: int, _value: int) -> int:
        assert request == 0x40044590
        raise OSError(number, "no")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    with pytest.raises(kind) as refused:
        await scanner(root, path=peer.path, grab=True).test()
    assert refused.value.reason == reason
    assert refused.value.message.endswith(".")


async def test_it_is_taken_alone(peer: KeyboardPeer, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grabbed: list[tuple[int, int]] = []
    monkeypatch.setattr(fcntl, "ioctl", lambda _handle, request, value: grabbed.append((request, value)))
    async with running(scanner(root, path=peer.path, grab=True)):
        assert grabbed == [(0x40044590, 1)]


def test_elsewhere_than_on_linux_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert spec_of("hid-scanner").why_unavailable() == ""
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    assert "serial" in spec_of("hid-scanner").why_unavailable()
