"""The demo's member code scanner: real bytes through a pseudo serial port, or through TCP where there is none."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Protocol


class Scanner(Protocol):
    """What the tour holds a code in front of."""

    @property
    def device(self) -> str:
        """Its table of config.toml."""
        ...

    async def scan(self, code: str) -> None:
        """Send one frame."""
        ...

    def close(self) -> None:
        """Unplug it."""
        ...


class TcpScanner:
    """A network scanner that the agent connects to."""

    def __init__(self, server: asyncio.Server, connected: list[asyncio.StreamWriter]) -> None:
        self._server = server
        self._connected = connected

    @classmethod
    async def open(cls) -> TcpScanner:
        """Listen on a free loopback port."""
        connected: list[asyncio.StreamWriter] = []
        server = await asyncio.start_server(lambda _, writer: connected.append(writer), "127.0.0.1", 0)
        return cls(server, connected)

    @property
    def device(self) -> str:
        """Its table of config.toml."""
        port = self._server.sockets[0].getsockname()[1]
        return f'driver = "tcp-scanner"\nmode = "connect"\nhost = "127.0.0.1"\nport = {port}'

    async def scan(self, code: str) -> None:
        """Send one frame to the newest connection."""
        writer = self._connected[-1]
        writer.write(f"{code}\r\n".encode())
        await writer.drain()

    def close(self) -> None:
        """Stop listening."""
        for writer in self._connected:
            writer.close()
        self._server.close()


if sys.platform == "win32":

    async def plug_in() -> Scanner:
        """A scanner that works on this system."""
        return await TcpScanner.open()

else:
    import pty
    import tty

    class SerialScanner:
        """The far end of a pseudo terminal; the agent opens the near one as a serial port."""

        def __init__(self) -> None:
            self._far, self._near = pty.openpty()
            tty.setraw(self._near)

        @property
        def device(self) -> str:
            """Its table of config.toml."""
            return f'driver = "serial-scanner"\nport = "{os.ttyname(self._near)}"'

        async def scan(self, code: str) -> None:
            """Write one frame as a scanner with factory settings does: the text, CR, LF."""
            os.write(self._far, f"{code}\r\n".encode())

        def close(self) -> None:
            """Unplug it."""
            os.close(self._far)
            os.close(self._near)

    async def plug_in() -> Scanner:
        """A scanner that works on this system."""
        return SerialScanner()
