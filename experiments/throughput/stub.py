"""A chat completions server on loopback that costs next to nothing: fixed latency, fixed answers.

It speaks enough HTTP/1.1 for the SDKs (keep-alive, Content-Length, chunked requests) on a raw
asyncio protocol, so that its own CPU time stays far below that of the clients it serves. It has no
faults, no streaming and no model. ``GET /stats`` says what it saw.

    python stub.py --port 8080 --latency 0.2
"""

import argparse
import asyncio
import json
import resource
import sys
import time

STORY = """the match was won late in the second half when two goals turned a quiet evening into a
long night for the visitors whose manager said that the side had run out of legs and of luck but not
of will while the home crowd sang on under the rain and asked for more of the same before the summer
came again"""
WORDS = STORY.split()
TOKENS = 60
# The answer that dspy's default adapter can read, for clients that ask for its markers.
MARKER = b"[[ ## completed ## ]]"


class Stats:
    """What came in: counted here, read at ``/stats``."""

    def __init__(self) -> None:
        self.requests = self.in_flight = self.most = self.connections = 0
        self.prompts: set[int] = set()
        self.first = self.last = 0.0

    def came(self, prompt: str) -> None:
        if not self.requests:
            self.first = time.time()
        self.requests += 1
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        self.prompts.add(hash(prompt))

    def left(self) -> None:
        self.in_flight -= 1
        self.last = time.time()

    def page(self) -> dict[str, float]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "requests": self.requests,
            "distinct_prompts": len(self.prompts),
            "max_in_flight": self.most,
            "connections": self.connections,
            "first": self.first,
            "last": self.last,
            "cpu_s": used.ru_utime + used.ru_stime,
        }


def answer(number: int, body: bytes) -> bytes:
    """A completion of 60 words, unlike every other one by its first word."""
    start = number % len(WORDS)
    text = " ".join([f"Report{number}", *(WORDS[start:] + WORDS * 2)[: TOKENS - 1]])
    if MARKER in body:
        text = f"[[ ## text ## ]]\n{text}\n\n{MARKER.decode()}"
    message = {"role": "assistant", "content": text}
    return json.dumps(
        {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion",
            "created": 1700000000,
            "model": "stub",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {
                "prompt_tokens": 40,
                "completion_tokens": TOKENS,
                "total_tokens": 40 + TOKENS,
            },
        }
    ).encode()


MODELS = b'{"object": "list", "data": [{"id": "stub", "object": "model", "owned_by": "stub"}]}'


class Chat(asyncio.Protocol):
    """One connection; requests on it come one after another, as in HTTP/1.1 without pipelining."""

    def __init__(self, stats: Stats, latency: float) -> None:
        self.stats, self.latency, self.buffer = stats, latency, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.stats.connections += 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            found = _body(head, self.buffer[end + 4 :])
            if found is None:
                return
            body, self.buffer = found
            self.serve(head.split(b" ", 2), body)

    def serve(self, line: list[bytes], body: bytes) -> None:
        if line[0] == b"post" and line[1].endswith(b"/chat/completions"):
            self.stats.came(json.dumps(json.loads(body)["messages"]))
            reply = answer(self.stats.requests, body)
            asyncio.get_running_loop().call_later(self.latency, self.reply, reply)
        elif line[1].startswith(b"/stats"):
            self.write(json.dumps(self.stats.page()).encode())
        elif line[1].endswith(b"/models"):
            self.write(MODELS)
        else:
            self.write(b'{"error": {"message": "no such page"}}', b"404 Not Found")

    def reply(self, body: bytes) -> None:
        self.stats.left()
        self.write(body)

    def write(self, body: bytes, status: bytes = b"200 OK") -> None:
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (status, len(body), body)
            )


def _body(head: bytes, rest: bytes) -> tuple[bytes, bytes] | None:
    """The request's body and what follows it, or None while it is not all there."""
    if b"transfer-encoding: chunked" in head:
        return _chunks(rest)
    _, _, length = head.partition(b"content-length:")
    size = int(length.split(b"\r\n", 1)[0]) if length else 0
    return (rest[:size], rest[size:]) if len(rest) >= size else None


def _chunks(rest: bytes) -> tuple[bytes, bytes] | None:
    parts = []
    while (end := rest.find(b"\r\n")) >= 0:
        size = int(rest[:end].split(b";")[0], 16)
        if len(rest) < end + 2 + size + 2:
            return None
        parts.append(rest[end + 2 : end + 2 + size])
        rest = rest[end + 2 + size + 2 :]
        if not size:
            return b"".join(parts), rest
    return None


async def serve(port: int, latency: float) -> None:
    """Serve until the process is ended; the first line on stdout is the port."""
    stats = Stats()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Chat(stats, latency), "127.0.0.1", port, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds")
    given = parser.parse_args()
    try:
        asyncio.run(serve(given.port, given.latency))
    except KeyboardInterrupt:
        sys.exit(130)
