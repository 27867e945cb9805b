"""The Cockato cloud: loyalty that counts for itself, told of visits by one call."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from agent.cloud import cockato_wire
from agent.cloud.cockato_quirks import CockatoQuirks
from agent.cloud.exchange import Wire
from agent.cloud.wire import Call
from agent.core.errors import CataBridgeError, Conflict, Refused, Unreachable
from agent.core.http import HttpResponse
from agent.core.member import Balance, Profile
from agent.core.visit import Standing, Visit

T = TypeVar("T")
LOOK = Call(reads=True, loyalty=True)
VISIT = Call(loyalty=True)
NOBODY: dict[str, object] = {}
"""[gap] No call says who we are: a transaction that names nobody is refused with 400 once the key has been taken."""
ALIVE = frozenset({"bad_request", "member_unknown"})
"""What a transaction that names nobody may be refused with by a cloud that is well."""
REMEMBERED = 200
"""Balances kept in mind, since the answer that carries one cannot be asked for again by the member's id."""


class CockatoWire(Wire):
    """Sends calls as Cockato wants them."""

    auth: str = "both"

    def _key_headers(self, key: str) -> dict[str, str]:
        bearer, own = {"Authorization": f"Bearer {key}"}, {"x-api-key": key}
        return {"bearer": bearer, "x-api-key": own}.get(self.auth, bearer | own)

    def _read(self, call: Call, response: HttpResponse) -> dict[str, Any]:
        return cockato_wire.result(call, response, self._clock.now())


class CockatoCloud:
    """Implements `agent.core.roles.VisitCloud`."""

    def __init__(
        self, wire: CockatoWire, quirks: CockatoQuirks, *, outlet_id: str = "", customers: CockatoWire | None = None
    ) -> None:
        """`customers` looks members up where that is not done by a transaction; its base URL is the whole address."""
        wire.auth = quirks.auth
        self._wire = wire
        self._path = quirks.transaction_path
        self._outlet_id = outlet_id
        self._customers = customers
        self._balances: OrderedDict[str, Balance] = OrderedDict()

    async def whoami(self) -> None:
        """Try the key; raises KeyRefused when the cloud does not take it."""
        try:
            await self._wire.call(LOOK, "POST", self._path, body=NOBODY)
        except Refused as error:
            if error.reason not in ALIVE:
                raise

    async def lookup(self, identifier: str) -> Profile:
        """The member behind a code in either spelling, a phone or an e-mail; Refused `member_unknown` when there is none."""
        return (await _each_spelling(identifier, self._look)).profile

    async def balance(self, uuid: str) -> Balance:
        """The balance that Cockato told last; it tells none by a member's id, so Refused `not_offered` when it told none."""
        if uuid not in self._balances:
            raise Refused("not_offered", "Cockato tells a balance only for a card, a phone or an e-mail.")
        return self._balances[uuid]

    async def visit(self, visit: Visit) -> Standing | None:
        """Tell of a visit; what the member has then, None when it had been told before and cannot say."""

        async def tell(identifier: str) -> Standing | None:
            body = cockato_wire.addressed(identifier) | cockato_wire.visit_body(visit, self._outlet_id)
            headers = {"Idempotency-Key": visit.ref_code}
            tree = await self._wire.call(VISIT, "POST", self._path, body=body, headers=headers)
            if tree.get("duplicate") is True:
                raise Conflict("duplicate_transaction", "Cockato was told of this before.")  # and may repeat an old balance
            try:
                return self._kept(tree, identifier)
            except Unreachable:  # it was done, whatever the rest of the answer says
                return None

        try:
            return await _each_spelling(visit.identifier, tell)
        except Conflict:  # it was told before
            pass
        try:
            return await _each_spelling(visit.identifier, self._look)
        except CataBridgeError:
            return None

    async def _look(self, identifier: str) -> Standing:
        named = cockato_wire.addressed(identifier)
        if self._customers is None:
            return self._kept(await self._wire.call(LOOK, "POST", self._path, body=named), identifier)
        query = {name: str(value) for name, value in named.items()}
        found = (await self._customers.call(LOOK, "GET", "", query=query)).get("data")
        if not isinstance(found, list) or not found or not isinstance(found[0], Mapping):
            raise Refused("member_unknown", cockato_wire.SENTENCES["customer_not_found"])
        return self._kept(found[0], identifier)

    def _kept(self, tree: Mapping[str, Any], identifier: str) -> Standing:
        said = cockato_wire.standing(tree, named=identifier)
        self._balances[said.profile.uuid] = said.balance
        self._balances.move_to_end(said.profile.uuid)
        while len(self._balances) > REMEMBERED:
            self._balances.popitem(last=False)
        return said


async def _each_spelling(identifier: str, ask: Callable[[str], Awaitable[T]]) -> T:
    """What is answered to the first spelling that anybody has; Refused `member_unknown` when nobody has any."""
    first, *others = cockato_wire.spellings(identifier)
    try:
        return await ask(first)
    except Refused as error:
        if error.reason != "member_unknown" or not others:
            raise
    return await ask(others[0])
