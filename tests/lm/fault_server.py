"""An HTTP server that misbehaves on request, for both chat protocols.

The first part of the path names the fault, the second makes it a fresh one:
``/rate-limit/1/v1/chat/completions``.
"""

import json
import socket
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OPENAI = {
    "id": "x", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "a fine answer"}}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500,
              "prompt_tokens_details": {"cached_tokens": 400}},
}  # fmt: skip
ANTHROPIC = {
    "id": "x", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
    "content": [{"type": "text", "text": "a fine answer"}],
    "usage": {"input_tokens": 600, "output_tokens": 500, "cache_read_input_tokens": 400},
}  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, fault, token, *_ = self.path.split("/")
        self.server.bodies[token] = body
        self.server.counts[token] += 1
        try:
            getattr(self, fault.replace("-", "_"))(self.server.counts[token])
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send(self, status, body, headers=(), kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def error(self, status, text, code="x", headers=()):
        detail = {"message": text, "type": code, "code": code}
        self.send(status, {"type": "error", "error": detail}, headers)

    def good(self):
        return dict(OPENAI if self.path.endswith("/chat/completions") else ANTHROPIC)

    def fine(self, count):
        self.send(200, self.good())

    def rate_limit(self, count):
        if count == 1:
            self.error(429, "slow down", "rate_limit", [("Retry-After", "7")])
        else:
            self.send(200, self.good())

    def far_future(self, count):
        self.error(429, "slow down", "rate_limit", [("Retry-After", "3600")])

    def quota(self, count):
        self.error(429, "You exceeded your current quota", "insufficient_quota")

    def server_error(self, count):
        self.error(500, "out of order")

    def slow(self, count):
        time.sleep(1.0)
        self.send(200, self.good())

    def broken_json(self, count):
        self.send(200, b'{"choices": [')

    def cut(self, count):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"choices"')
        self.close_connection = True

    def reset(self, count):
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def no_usage(self, count):
        answer = self.good()
        del answer["usage"]
        self.send(200, answer)

    def page(self, count):
        self.send(200, b"<html>It works!</html>", kind="text/html")

    def other_json(self, count):
        self.send(200, {"status": "ok"})

    def unauthorized(self, count):
        shown = self.headers.get("Authorization") or self.headers.get("x-api-key")
        self.error(401, f"Incorrect API key provided: {shown}", "invalid_api_key")

    def no_model(self, count):
        self.error(404, "The model `m` does not exist", "model_not_found")

    def context(self, count):
        text = "the maximum context length is 128 tokens, you asked for 900: prompt is too long"
        self.error(400, text, "context_length_exceeded")

    def bad_request(self, count):
        self.error(400, "unknown field min_pp", "invalid_request_error")


class FaultServer:
    def __init__(self):
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.counts, self._http.bodies = Counter(), {}
        self._tokens = 0
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def url(self, fault):
        """A fresh base address (without /v1) whose requests meet ``fault``."""
        self._tokens += 1
        return f"http://127.0.0.1:{self._http.server_address[1]}/{fault}/{self._tokens}"

    def count(self, url):
        return self._http.counts[url.rsplit("/", 1)[1]]

    def body(self, url):
        return self._http.bodies[url.rsplit("/", 1)[1]]

    def close(self):
        self._http.shutdown()
        self._http.server_close()
