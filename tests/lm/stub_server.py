"""A server that speaks OpenAI's chat protocol, always answers, and counts what it was asked.

Its usage is the same for each answer: 40 tokens in, 60 out.
"""

import asyncio
import json
import threading
from collections import Counter

TOKENS_IN, TOKENS_OUT = 40, 60


def echo(prompt, seed):
    return f"answer to {prompt}"


class StubServer:
    """Counts requests by their last message; each is answered after ``latency`` seconds."""

    def __init__(self, latency=0.0, write=echo):
        self.latency = latency
        self.write = write
        self.headers = []
        self.counts = Counter()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def requests(self):
        return sum(self.counts.values())

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length:")
                )
                asked = json.loads(await reader.readexactly(length))
                prompt = asked["messages"][-1]["content"]
                self.counts[prompt] += 1
                self.headers.append(head)
                await asyncio.sleep(self.latency)
                body = json.dumps(answer(self.write(prompt, asked.get("seed")))).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            writer.close()


def answer(text):
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }
        ],
        "usage": {
            "prompt_tokens": TOKENS_IN,
            "completion_tokens": TOKENS_OUT,
            "total_tokens": TOKENS_IN + TOKENS_OUT,
        },
    }
