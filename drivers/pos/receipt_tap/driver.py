"""The device between a POS and its printer: the printer to the POS, the POS to the printer, and quiet about it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from agent.core.catalogue import Catalogue
from agent.core.device import DeviceState, Role
from agent.core.errors import CataBridgeError, InvalidInput, NotSaved, Refused, Unreachable
from agent.core.order import Order
from agent.core.roles import DeviceSink
from agent.core.sale import SaleSeen
from agent.core.sentence import Sentence
from drivers.pos.receipt_tap.capture import Capture
from drivers.pos.receipt_tap.ends import SerialEnd, TcpEnd, connect, join, join_connections, keep_alive, listening
from drivers.pos.receipt_tap.paper import Paper
from drivers.pos.receipt_tap.receipts import ReceiptReader, Slip
from drivers.pos.receipt_tap.rules import ReceiptRules, known_encoding
from drivers.spec import DriverContext, DriverSpec
from drivers.transport.serial_line import Port, open_serial

log = logging.getLogger(__name__)

SAVE_AGAIN_S = 2.0
"""A sale that cannot be saved (disk full) is tried again this often, until it can."""
LAST_S = 2.0
"""A copy of what was printed just before the wire broke or the agent ended may take so long to be read."""
USUAL_PORT = 9100


class ReceiptTapSettings(ReceiptRules):
    """Settings of `receipt-tap`: either `printer`, or `pos_port` with `printer_port`."""

    listen: Annotated[str, Field(description="Address that the POS prints to instead of the printer's: host:port.")] = (
        "127.0.0.1:9100"
    )
    printer: Annotated[str, Field(description="The printer's address in the network: host or host:port.")] = ""
    pos_port: Annotated[str, Field(description="Instead: the serial port that the POS prints to, such as COM5.")] = ""
    printer_port: Annotated[str, Field(description="The serial port of the printer, such as /dev/ttyUSB0 or COM3.")] = ""
    baud: Annotated[int, Field(ge=300, le=921600, description="Bits a second of both serial ports.")] = 9600
    parity: Annotated[Literal["N", "E", "O"], Field(description="N, E or O, of both serial ports.")] = "N"
    bytesize: Annotated[Literal[7, 8], Field(description="Data bits of both serial ports.")] = 8
    stopbits: Annotated[Literal[1, 2], Field(description="Stop bits of both serial ports.")] = 1
    flow: Annotated[Literal["none", "rtscts", "xonxoff"], Field(description="Flow control: none, rtscts or xonxoff.")] = "none"
    connect_s: Annotated[float, Field(gt=0, le=60, description="Longest time to reach the printer.")] = 5.0
    idle_s: Annotated[float, Field(gt=0, le=60, description="A silence after text that ends a receipt.")] = 2.0
    ends_at_kick: Annotated[bool, Field(description="Opening the drawer ends a receipt, as cutting the paper does.")] = True
    encoding: Annotated[str, Field(description="Encoding of the text, such as cp874; empty: as the POS tells the printer.")] = ""
    double_byte: Annotated[str, Field(description="Encoding of Chinese characters: gb18030, big5, shift_jis.")] = "gb18030"

    @field_validator("encoding", "double_byte")
    @classmethod
    def _known(cls, encoding: str) -> str:
        return known_encoding(encoding)

    @field_validator("listen", "printer")
    @classmethod
    def _address(cls, address: str) -> str:
        if address:
            _host_port(address)
        return address

    @model_validator(mode="after")
    def _one_wire(self) -> ReceiptTapSettings:
        is_serial = bool(self.pos_port) and bool(self.printer_port)
        if bool(self.printer) == is_serial or bool(self.pos_port) != bool(self.printer_port):
            raise ValueError("set either printer, or both pos_port and printer_port.")
        return self

    def line(self, path: str) -> Port:
        """How a serial port is opened."""
        return Port(
            path=path,
            baud=self.baud,
            parity=self.parity,
            bytesize=self.bytesize,
            stopbits=self.stopbits,
            rtscts=self.flow == "rtscts",
            xonxoff=self.flow == "xonxoff",
        )


@dataclass
class ReceiptTap:
    """Passes everything on first; what it makes of the copy is its own affair."""

    settings: ReceiptTapSettings
    context: DriverContext
    make_paper: Callable[[], Paper] = field(init=False)
    _reader: ReceiptReader = field(init=False)
    _wires: set[asyncio.Task[None]] = field(default_factory=set)
    _slips: int = 0

    def __post_init__(self) -> None:
        settings, context = self.settings, self.context
        self.make_paper = partial(Paper, settings.encoding, settings.double_byte)
        self._reader = ReceiptReader(settings, context.currency, context.zone)

    async def run(self, sink: DeviceSink) -> None:
        """Be the wire until cancelled; raises Unreachable while the printer is not there, so that the POS finds none either."""
        if self.settings.printer:
            await self._run_network(sink)
        else:
            await self._run_serial(sink)

    async def test(self) -> str:
        """Reach the printer, unless the POS is printing."""
        settings = self.settings
        if not settings.printer:
            words = f"{self._slips} slips seen between {settings.pos_port} and {settings.printer_port}; print something."
            return Sentence(words, "slips_seen", count=self._slips)
        if not self._wires:
            (await self._printer()).break_off()
        words = f"The printer at {settings.printer} answers; {self._slips} slips seen so far."
        return Sentence(words, "tap_answers", printer=settings.printer, count=self._slips)

    async def fetch_catalogue(self) -> Catalogue:
        """Raises Refused `no_catalogue`."""
        raise Refused("no_catalogue", "Receipts hold no menu; choose another device as the menu's source.")

    async def submit_order(self, order: Order) -> str:
        """Raises Refused `no_orders`."""
        raise Refused("no_orders", "Receipts are only read; orders cannot be put into this POS.")

    async def find_order(self, order_id: str) -> str | None:
        """None: no order was ever put in."""
        return None

    async def _run_network(self, sink: DeviceSink) -> None:
        (await self._printer()).break_off()
        host, port = _host_port(self.settings.listen)
        try:
            async with listening(host, port) as door:
                self._ready(sink)
                while True:
                    connection, _ = await asyncio.get_running_loop().sock_accept(door)
                    await self._welcome(TcpEnd(keep_alive(connection)), sink)
        finally:
            for wire in list(self._wires):
                wire.cancel()
            await asyncio.gather(*self._wires, return_exceptions=True)

    async def _welcome(self, pos: TcpEnd, sink: DeviceSink) -> None:
        """Reach the printer before a byte is taken; raises Unreachable when it is gone for everybody."""
        try:
            printer = await self._printer()
        except BaseException as error:
            pos.break_off()
            if isinstance(error, Unreachable) and self._wires:
                return  # a printer that takes one connection at a time is busy with another one of ours
            raise
        wire = asyncio.ensure_future(self._network_wire(pos, printer, sink))
        self._wires.add(wire)
        wire.add_done_callback(self._wires.discard)

    async def _network_wire(self, pos: TcpEnd, printer: TcpEnd, sink: DeviceSink) -> None:
        try:
            await self._carry(sink, partial(join_connections, pos, printer))
        except OSError as error:
            log.info("printing broke off device=%s error=%s", self.context.name, type(error).__name__)

    async def _run_serial(self, sink: DeviceSink) -> None:
        settings = self.settings
        async with AsyncExitStack() as stack:
            printer = SerialEnd(await stack.enter_async_context(open_serial(settings.line(settings.printer_port))))
            pos = SerialEnd(await stack.enter_async_context(open_serial(settings.line(settings.pos_port))))
            self._ready(sink)
            await self._carry(sink, partial(join, pos, printer))

    async def _carry(self, sink: DeviceSink, wire: Callable[[Callable[[bytes], None]], Awaitable[None]]) -> None:
        """Run a wire with a capture beside it, which still reads to the end what the wire carried."""
        capture = Capture(
            self.make_paper,
            partial(self._take, sink),
            partial(self._failed, sink),
            self.settings.idle_s,
            self.settings.ends_at_kick,
        )
        reading = asyncio.ensure_future(capture.run())
        is_over = False
        try:
            await wire(capture.copy)
            is_over = True
        finally:
            capture.close()
            await asyncio.wait({reading}, timeout=None if is_over else LAST_S)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _take(self, sink: DeviceSink, slip: Slip) -> None:
        self._slips += 1
        try:
            sale = await asyncio.to_thread(self._reader.read, slip)
        except InvalidInput as unclear:
            sink.refuse_sale(unclear.reason, unclear.message)
            sink.state(DeviceState.ATTENTION, unclear.message)
            return
        if sale is None:
            log.info("a slip that is no sale device=%s", self.context.name)
        else:
            await self._record(sink, sale)
        self._ready(sink)

    async def _record(self, sink: DeviceSink, sale: SaleSeen) -> None:
        while True:
            try:
                await sink.sale(sale)
            except NotSaved as error:
                sink.state(DeviceState.ATTENTION, error.message)
                await self.context.clock.sleep(SAVE_AGAIN_S)
                continue
            except CataBridgeError as refused:
                log.warning("sale of a receipt not taken device=%s reason=%s", self.context.name, refused.reason)
            return

    def _ready(self, sink: DeviceSink) -> None:
        pos = self.settings.pos_port or self.settings.listen
        sink.state(DeviceState.READY, Sentence(f"Between the POS at {pos} and the printer.", "between_pos_and_printer", pos=pos))

    def _failed(self, sink: DeviceSink) -> None:
        sentence = Sentence("A receipt was printed but could not be read; add its points by hand.", "receipt_unreadable")
        sink.refuse_sale("receipt_unreadable", sentence)
        sink.state(DeviceState.ATTENTION, sentence)

    async def _printer(self) -> TcpEnd:
        host, port = _host_port(self.settings.printer)
        return await connect(host, port, self.settings.connect_s)


def _host_port(address: str) -> tuple[str, int]:
    """`host`, `host:port` or `[v6]:port`; raises ValueError with a sentence."""
    host, colon, port = address.rpartition(":") if not address.endswith("]") else (address, "", "")
    if not colon:
        host, port = address, str(USUAL_PORT)
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("the address has to look like 192.168.1.50:9100.")
    return host.strip("[]"), int(port)


def _build(settings: ReceiptTapSettings, context: DriverContext) -> ReceiptTap:
    return ReceiptTap(settings, context)


SPEC = DriverSpec(
    kind="receipt-tap",
    role=Role.POS,
    summary="Any POS that prints: sales are read off its receipts on their way to the printer.",
    settings=ReceiptTapSettings,
    build=_build,
)
"""What can be set for reading receipts."""
