"""What every ESC/POS printer can be told, and what of it the encoder has to know."""

from __future__ import annotations

import importlib.util
from typing import Annotated, Literal

from pydantic import Field

from drivers.printer.encoder import Paper
from drivers.spec import DriverSettings


class PrinterSettings(DriverSettings):
    """Settings that all printers share."""

    width: Annotated[Literal[32, 42, 48], Field(description="Characters on a line: 32 (58 mm), 42 or 48 (80 mm).")] = 48
    codepage: Annotated[
        Literal["cp437", "cp850", "cp852", "cp858", "cp866", "cp1252"],
        Field(description="Code page of the printer; letters outside it are printed as pictures."),
    ] = "cp437"
    font: Annotated[str, Field(description="Font file for such letters; empty: the best one installed.")] = ""
    open_drawer: Annotated[bool, Field(description="Open the cash drawer at the printer with every ticket.")] = False
    backup: Annotated[str, Field(description="Name of the printer that takes over when this one cannot print.")] = ""
    timeout_s: Annotated[float, Field(gt=0, le=120, description="How long a whole ticket may take.")] = 20.0
    poll_s: Annotated[float, Field(ge=0.1, le=600, description="How often to ask the printer how it is.")] = 15.0

    def paper(self) -> Paper:
        """What the encoder has to know."""
        return Paper(columns=self.width, codepage=self.codepage, font_file=self.font, open_drawer=self.open_drawer)


def lacking(*components: str) -> str:
    """One sentence when one of these, or what tickets are written with, is not installed; else empty."""
    absent = [name for name in ("escpos", "PIL", *components) if importlib.util.find_spec(name) is None]
    return f"The component {absent[0]} is not installed on this computer." if absent else ""
