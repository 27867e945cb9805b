"""Receipt printers on the network that speak ESC/POS, usually on port 9100."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.core.device import Role
from drivers.printer.escpos import EscposPrinter, TalkingPrinterSettings
from drivers.printer.network_link import open_network
from drivers.printer.paper import lacking
from drivers.spec import DriverContext, DriverSpec


class EscposNetworkSettings(TalkingPrinterSettings):
    """Settings of `escpos-network`."""

    host: Annotated[str, Field(min_length=1, description="Address of the printer.")]
    port: Annotated[int, Field(ge=1, le=65535, description="TCP port.")] = 9100
    connect_timeout_s: Annotated[float, Field(gt=0, le=30, description="How long a connection may take.")] = 3.0


def _build(settings: EscposNetworkSettings, context: DriverContext) -> EscposPrinter:
    return EscposPrinter(
        settings, context.clock, lambda: open_network(settings.host, settings.port, within_s=settings.connect_timeout_s)
    )


SPEC = DriverSpec(
    kind="escpos-network",
    role=Role.PRINTER,
    summary="A receipt printer on the network that speaks ESC/POS.",
    settings=EscposNetworkSettings,
    build=_build,
    why_unavailable=lacking,
)
