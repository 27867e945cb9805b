"""What everything stands on: time, ids, secrets, the HTTP client and the open databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from agent.cloud.http import HttpxClient
from agent.core.clock import Clock
from agent.core.ids import Ids
from agent.core.sentence import Sentence
from agent.credentials import Credentials
from agent.db.adoption import adopt
from agent.db.audit import Audit
from agent.db.cache import Cache
from agent.db.database import Database
from agent.db.evacuation import Evacuation
from agent.db.facts import Facts
from agent.db.grants import Grants
from agent.db.journal import Journal
from agent.db.mending import Mending
from agent.db.orders import Orders
from agent.db.outbox import Outbox
from agent.db.recovery import DataPlaces, recover
from agent.db.replay import Terms
from agent.db.sales import Sales
from agent.db.sealing import Seal
from agent.db.tokens import Tokens
from agent.flows.bus import Bus
from agent.flows.care.data_watch import DataWatch
from agent.flows.refusals import Refusals
from agent.identifiers import normalise
from agent.paths import Home
from agent.secrets import Secrets
from agent.settings import Settings
from agent.wiring import rules


class Ground:
    """Opened by `lay`; the agent closes it in its own order."""

    def __init__(self, home: Home, settings: Settings, secrets: Secrets, *, clock: Clock, ids: Ids) -> None:
        self.home = home
        self.settings = settings
        self.secrets = secrets
        self.clock = clock
        self.ids = ids
        self.bus = Bus()
        self.refusals = Refusals()
        self.credentials = Credentials(secrets)
        self.rebuild: Callable[[], None] = lambda: None
        """Asks for this agent to be built anew from what is written now."""
        self.complaint = ""
        """What staff have to know of how this agent came to run."""
        self.http = HttpxClient(clock, ca_file=rules.ca_file(settings))

    async def lay(self) -> None:
        """Read the secrets and open the databases; raises NotSaved, DamagedData or NeedsPerson, and then holds nothing open."""
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self.http.close)
            await self.credentials.refresh()
            self.seal = Seal(await asyncio.to_thread(self.secrets.seal_key))
            self.device_secrets = await asyncio.to_thread(self._read_device_secrets)
            await asyncio.to_thread(recover, self._places, terms=self._terms(), clock=self.clock)
            self.database = await Database.open(self.home.db, clock=self.clock, journal=Journal(self.home.journal))
            undo.push_async_callback(self.database.close)
            await self.database.write(lambda tx: adopt(tx.conn, self.seal))
            self.cache = await Cache.open(self.home.cache, seal=self.seal, clock=self.clock)
            undo.pop_all()
        self.outbox = Outbox(self.database, self.seal, self.clock)
        self.evacuation = Evacuation(self.database, self.seal, self.clock, self.outbox)
        self.orders = Orders(self.database, self.seal, self.clock, self.outbox)
        self.recorded_sales = Sales(self.database, self.clock, self.outbox)
        self.grants = Grants(self.database, self.seal, self.outbox, clock=self.clock, ids=self.ids, process=self.ids.token())
        self.facts = Facts(self.database)
        self.audit = Audit(self.database, self.seal, self.clock)
        mending = Mending(self.database, self._places, self.seal, self.clock, rules.mending_rules(self.settings))
        self.data_watch = DataWatch(mending, self.facts, self.audit, clock=self.clock)
        self.tokens = Tokens(self.database, self.clock, self.ids)

    def normalise(self, text: str) -> str:
        """What was typed or scanned for a member, fit to look up; raises InvalidInput."""
        return normalise(text, country=self.settings.outlet.country, url_hosts=self.settings.scan.url_hosts).text

    def missing(self) -> str:
        """What set-up still lacks, in words; empty when it is complete."""
        if not self.settings.cloud.base_url or not self.settings.outlet.id:
            return Sentence("This till is not set up yet. Run the set-up.", "set_up_missing")
        if self.credentials.api_key():
            return ""
        return Sentence(f"The key of {rules.traits(self.settings).name} is missing. Run the set-up.", "set_up_key_missing")

    @property
    def _places(self) -> DataPlaces:
        home = self.home
        return DataPlaces(db=home.db, journal=home.journal, copies=home.copies, damaged=home.damaged)

    def _terms(self) -> Terms:
        return Terms(seal=self.seal, now=self.clock.now(), key_memory=rules.mending_rules(self.settings).key_memory)

    def _read_device_secrets(self) -> dict[str, str | None]:
        return {device.name: self.secrets.get(f"device/{device.name}") for device in self.settings.devices}
