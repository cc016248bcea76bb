"""An SMTP sink that takes everything and keeps nothing: a process of its own, so that it costs the sender no core."""

from __future__ import annotations

import asyncio
import sys

_END = b"\r\n.\r\n"
_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}


class Sink(asyncio.Protocol):
    """One connection. What was said at once is answered at once, as mail servers do."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self.transport: asyncio.Transport = transport  # type: ignore[assignment] # uvloop's is of its own family
        self.rest, self.tail, self.is_mail = b"", b"", False
        self.transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer commands, or swallow a mail up to its dot."""
        if self.is_mail:
            self.tail = data[-5:] if len(data) >= len(_END) else (self.tail + data)[-5:]
            if self.tail == _END:
                self.is_mail, self.tail = False, b""
                self.transport.write(b"250 kept\r\n")
            return
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        verbs = [line[:4].upper() for line in lines]
        self.is_mail = b"DATA" in verbs
        self.transport.write(b"".join([_ANSWERS.get(verb, b"250 ok\r\n") for verb in verbs]))
        if b"QUIT" in verbs:
            self.transport.close()


async def main() -> None:
    """Listen on a free port, and say which."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    if "uvloop" in sys.argv:
        import uvloop

        uvloop.run(main())
    else:
        asyncio.run(main())
