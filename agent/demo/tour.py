"""The scripted tour: every promise of the product once, in front of an audience, and a reconciliation at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.core.errors import NeedsPerson
from agent.demo.stage import Stage

MEMBER_CODE, MEMBER_PHONE = "KK-MEI-001", "+65 9123 0001"
OFFLINE_RECEIPTS = ("R-1002", "R-1003", "R-1004")
WIRE_WORDS = {"earn": "earn", "burn": "use"}
"""Kind of entry -> the cloud's word for it."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was promised here against what happened there."""

    intents: int
    """Loyalty entries that the agent calls confirmed or still owes."""
    effects: int
    """Movements of points in the cloud's ledger."""
    lost: int
    doubled: int
    orders: int
    tickets: int

    @property
    def holds(self) -> bool:
        """Nothing lost, nothing doubled, every order on paper."""
        return self.lost == self.doubled == 0 and self.intents == self.effects and self.orders == self.tickets

    def as_json(self) -> dict[str, object]:
        """The last line of the tour."""
        return {
            "result": "pass" if self.holds else "fail",
            "intents": self.intents,
            "effects": self.effects,
            "lost": self.lost,
            "doubled": self.doubled,
            "orders": self.orders,
            "tickets": self.tickets,
        }


class Tour:
    """Plays the steps in order; a step that does not come out as promised raises NeedsPerson."""

    def __init__(self, stage: Stage, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._say = say
        self._member = ""
        self._order = ""

    async def play(self) -> Reconciliation:
        """The whole tour."""
        for step in (
            self._open,
            self._menu_is_pushed_once,
            self._scan,
            self._earn_online,
            self._burn_online,
            self._cut_and_earn,
            self._burn_declined,
            self._kill_and_restart,
            self._restore_and_drain,
            self._order_delivered,
            self._forgery_refused,
            self._order_walks,
            self._sale_of_the_pos,
        ):
            await step()
        return await self._reconcile()

    async def _open(self) -> None:
        await self._stage.start_agent()
        await self._stage.until(self._is_online)
        self._tell("Open", f"practice cloud at {self._stage.cloud.base_url}, agent running as process {self._stage.pid}")

    async def _menu_is_pushed_once(self) -> None:
        await self._stage.until(self._menu_is_confirmed)
        first = await self._requests("products/sync")
        answer = await self._stage.post("/v1/menu/sync", {})
        await self._stage.until(self._is_drained)
        again = await self._requests("products/sync")
        _must(first == again == 1, f"the menu was pushed {again} times")
        self._tell("Menu", f"6 items of the POS pushed once; asked again: {' '.join(answer['sentences'])}")

    async def _scan(self) -> None:
        await self._stage.until(self._scanner_is_ready)
        async with self._stage.listening() as events:
            await self._stage.scanner.scan(MEMBER_CODE)
            scan = await events.next("scan")
        _must(scan["kind"] == "member" and scan["member"], f"the scan is {scan['kind']}")
        member = scan["member"]
        self._member = member["uuid"]
        self._tell("Scan", f"serial frame {MEMBER_CODE} -> {member['display']}, {member['balance']} points")
        found = await self._stage.post("/v1/members/lookup", {"identifier": MEMBER_PHONE})
        _must(found["uuid"] == self._member and found["fresh"], "the phone belongs to another member")
        self._tell("Lookup", f"by phone: the same member, {found['balance']} points, {found['expiring']} expire soon")

    async def _earn_online(self) -> None:
        entry = await self._earn("R-1001", "24.50", wait_s=10)
        _must(entry["outcome"] == "confirmed", f"earn is {entry['outcome']}")
        self._tell("Earn", f"S$24.50 -> {entry['points']} points, confirmed by Cata")
        again = await self._earn("R-1001", "24.50", wait_s=0)
        _must(again["id"] == entry["id"], "the same receipt became another entry")
        self._tell("Earn", "the same receipt again -> the same entry, no second effect")

    async def _burn_online(self) -> None:
        entry = await self._stage.post("/v1/loyalty/burn", {"member": {"uuid": self._member}, "points": 50, "receipt": "R-1001"})
        _must(entry["outcome"] == "confirmed", f"burn is {entry['outcome']}")
        self._tell("Redeem", "50 points, confirmed: the discount may be given")

    async def _cut_and_earn(self) -> None:
        await self._stage.control.cut()
        self._tell("Cut", "the internet is gone")
        for receipt in OFFLINE_RECEIPTS:
            entry = await self._earn(receipt, "12.00", wait_s=0)
            _must(entry["outcome"] in {"queued", "unknown"}, f"earn is {entry['outcome']}")
            self._tell("Earn", f"{receipt}: {entry['points']} points saved here, will be sent by themselves")
        await self._stage.until(self._is_offline)

    async def _burn_declined(self) -> None:
        entry = await self._stage.post("/v1/loyalty/burn", {"member": {"uuid": self._member}, "points": 20, "receipt": "R-1005"})
        _must(entry["outcome"] == "declined", f"burn is {entry['outcome']}")
        self._tell("Redeem", f"declined: {entry['error']['message']}")

    async def _kill_and_restart(self) -> None:
        pid, pending = self._stage.pid, await self._pending()
        _must(pending == len(OFFLINE_RECEIPTS), f"{pending} entries are pending")
        await self._stage.kill_agent()
        self._tell("Kill", f"process {pid} killed with {pending} entries unsent")
        await self._stage.start_agent()
        _must(await self._pending() == pending, "entries were lost in the crash")
        self._tell("Restart", f"process {self._stage.pid} has all {pending} of them")

    async def _restore_and_drain(self) -> None:
        await self._stage.control.restore()
        self._tell("Restore", "the internet is back")
        await self._stage.until(self._is_drained)
        self._tell("Drain", f"{len(OFFLINE_RECEIPTS)} saved entries were sent and confirmed by themselves")

    async def _order_delivered(self) -> None:
        placed = await self._stage.control.place_order()
        _must(placed.dispatched, f"not delivered: {placed.reason}")
        self._order = placed.order_id
        await self._stage.until(self._is_printed)
        self._tell("Order", f"{placed.ref_no} delivered with a valid signature, committed, printed and put into the POS")
        again = await self._stage.control.redispatch(self._order)
        _must(again.dispatched and len(await self._open_orders()) == 1, "a second delivery made a second ticket")
        self._tell("Order", "delivered a second time -> the same answer, no second ticket")

    async def _forgery_refused(self) -> None:
        forged = await self._stage.control.place_order(bad_signature=True)
        _must(not forged.dispatched and len(await self._open_orders()) == 1, "a forged order was taken")
        self._tell("Forgery", f"an order with a wrong signature refused ({forged.reason}); no ticket")

    async def _order_walks(self) -> None:
        for status in ("ACCEPTED", "IN_PROGRESS", "READY", "COMPLETED"):
            await self._stage.post(f"/v1/orders/{self._order}/status", {"status": status})
        await self._stage.until(self._is_drained)
        history = (await self._stage.control.order(self._order)).history
        _must(history[-4:] == ("ACCEPTED", "IN_PROGRESS", "READY", "COMPLETED"), f"the cloud saw {history}")
        self._tell("Status", f"the cloud saw {' -> '.join(history)}")

    async def _sale_of_the_pos(self) -> None:
        sale = f'{{"receipt": "R-2001", "amount": "31.80", "member": "{MEMBER_CODE}"}}'
        target = self._stage.pos / "sales" / "R-2001.json"
        target.with_suffix(".tmp").write_text(sale, encoding="utf-8")
        target.with_suffix(".tmp").rename(target)
        await self._stage.until(self._sale_is_confirmed)
        self._tell("Sale", "the POS reported R-2001 with a member: 31 points, confirmed")

    async def _reconcile(self) -> Reconciliation:
        entries = [entry for kind in WIRE_WORDS for entry in await self._entries(kind)]
        promised = [f"{WIRE_WORDS[entry['kind']]}:{entry['ref_code']}" for entry in entries if entry["outcome"] != "declined"]
        effects = await self._stage.control.effects()
        orders = (await self._stage.get("/v1/orders?state=all"))["orders"]
        return Reconciliation(
            intents=len(promised),
            effects=sum(effects.values()),
            lost=sum(1 for key in promised if not effects.get(key)),
            doubled=sum(1 for count in effects.values() if count > 1),
            orders=len(orders),
            tickets=sum(order["printed"] for order in orders),
        )

    async def _earn(self, receipt: str, amount: str, *, wait_s: float) -> Any:
        body = {"member": {"uuid": self._member}, "amount": amount, "receipt": receipt, "wait_s": wait_s}
        return await self._stage.post("/v1/loyalty/earn", body)

    async def _status(self) -> Any:
        return await self._stage.get("/v1/status")

    async def _is_online(self) -> bool:
        return bool((await self._status())["cloud"]["reachable"])

    async def _is_offline(self) -> bool:
        return not await self._is_online()

    async def _pending(self) -> int:
        return int((await self._status())["outbox"]["pending"])

    async def _is_drained(self) -> bool:
        return await self._pending() == 0

    async def _menu_is_confirmed(self) -> bool:
        return bool((await self._status())["menu"]["synced_at"])

    async def _scanner_is_ready(self) -> bool:
        return any(d["name"] == "front-scanner" and d["state"] == "ready" for d in (await self._status())["devices"])

    async def _open_orders(self) -> list[Any]:
        return list((await self._stage.get("/v1/orders?state=open"))["orders"])

    async def _is_printed(self) -> bool:
        order = await self._stage.get(f"/v1/orders/{self._order}")
        return bool(order["printed"] and order["pos_order_id"])

    async def _sale_is_confirmed(self) -> bool:
        earns = await self._entries("earn")
        return any(entry["receipt"] == "R-2001" and entry["outcome"] == "confirmed" for entry in earns)

    async def _entries(self, kind: str) -> list[Any]:
        return list((await self._stage.get(f"/v1/outbox?kind={kind}&limit=500"))["entries"])

    async def _requests(self, path: str) -> int:
        return sum(count for route, count in (await self._stage.control.requests()).items() if route.endswith(path))

    def _tell(self, what: str, how: str) -> None:
        self._say(f"{what:<9} {how}")


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise NeedsPerson("tour_failed", f"The tour did not come out as promised: {otherwise}.")
