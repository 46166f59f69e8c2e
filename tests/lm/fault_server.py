"""An HTTP server that misbehaves on request, for both chat protocols.

The first part of the path names the fault, the second makes it a fresh one:
``/rate-limit/1/v1/chat/completions``. A schedule is a list of faults, one for each request.
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
                 "message": {"role": "assistant", "content": "a fine answer", "refusal": None}}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500,
              "prompt_tokens_details": {"cached_tokens": 400},
              "completion_tokens_details": {"reasoning_tokens": 200}},
}  # fmt: skip
ANTHROPIC = {
    "id": "x", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
    "content": [{"type": "text", "text": "a fine answer"}],
    "usage": {"input_tokens": 500, "output_tokens": 500, "cache_read_input_tokens": 400,
              "cache_creation_input_tokens": 100,
              "output_tokens_details": {"thinking_tokens": 200}},
}  # fmt: skip
REFUSAL = "I can't help with that."
# OpenAI's names, then Anthropic's.
USED_UP = (
    ("x-ratelimit-remaining-requests", "0"),
    ("x-ratelimit-reset-requests", "6s"),
    ("anthropic-ratelimit-requests-remaining", "0"),
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, fault, token, *_ = self.path.split("/")
        with self.server.lock:
            self.server.bodies[token] = body
            self.server.headers[token] = dict(self.headers)
            self.server.counts[token] += 1
            count = self.server.counts[token]
            if fault == "schedule":
                fault, count = next(self.server.schedules[token], "fine"), 1
        try:
            getattr(self, fault.replace("-", "_"))(count)
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

    @property
    def speaks_openai(self):
        return self.path.endswith("/chat/completions")

    def good(self):
        return json.loads(json.dumps(OPENAI if self.speaks_openai else ANTHROPIC))

    def changed(self, choice=(), message=(), **anthropic):
        """A good answer with other fields, by protocol."""
        answer = self.good()
        if self.speaks_openai:
            answer["choices"][0].update(choice)
            answer["choices"][0]["message"].update(message)
        else:
            answer.update(anthropic)
        self.send(200, answer)

    # Answers.

    def fine(self, count):
        self.send(200, self.good())

    def slow(self, count):
        time.sleep(1.0)
        self.send(200, self.good())

    def no_usage(self, count):
        answer = self.good()
        del answer["usage"]
        self.send(200, answer)

    def plain_text(self, count):
        self.send(200, self.good(), kind="text/plain")

    def length(self, count):
        self.changed(choice={"finish_reason": "length"}, stop_reason="max_tokens")

    def refusal(self, count):
        message = {"content": None, "refusal": REFUSAL}
        details = {"type": "refusal", "category": None, "explanation": REFUSAL}
        self.changed(message=message, content=[], stop_reason="refusal", stop_details=details)

    def half_an_emoji(self, count):
        text = "fine \ud83d"
        self.changed(message={"content": text}, content=[{"type": "text", "text": text}])

    def used_up(self, count):
        reset = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 6))
        self.send(200, self.good(), [*USED_UP, ("anthropic-ratelimit-requests-reset", reset)])

    # Asks to be left alone.

    def rate_limit(self, count):
        if count == 1:
            self.error(429, "slow down", "rate_limit", [("Retry-After", "7")])
        else:
            self.send(200, self.good())

    def busy(self, count):
        self.error(429, "slow down", "rate_limit")

    def overloaded(self, count):
        self.error(529, "Overloaded", "overloaded_error")

    def at_capacity(self, count):
        self.error(503, "The engine is currently overloaded", "server_error")

    def far_future(self, count):
        self.error(429, "slow down", "rate_limit", [("Retry-After", "3600")])

    def quota(self, count):
        self.error(429, "You exceeded your current quota", "insufficient_quota")

    # Out of order.

    def server_error(self, count):
        self.error(500, "out of order")

    def bad_gateway(self, count):
        self.send(502, b"<html>Bad Gateway</html>", kind="text/html")

    def unavailable(self, count):
        self.error(503, "loading the model")

    def gateway_timeout(self, count):
        self.error(504, "no answer from upstream")

    def broken_json(self, count):
        self.send(200, b'{"choices": [')

    def broken_letters(self, count):
        self.send(200, b'{"choices": "\xff\xfe"}')

    def cut(self, count):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"choices"')
        self.close_connection = True

    def drip(self, count):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(50):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.05)
        self.close_connection = True

    def reset(self, count):
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def no_choices(self, count):
        answer = self.good()
        answer["choices" if self.speaks_openai else "content"] = [] if self.speaks_openai else None
        self.send(200, answer)

    def error_inside(self, count):
        self.send(200, {"error": {"code": 502, "message": "the provider went away"}})

    # Will not change.

    def page(self, count):
        self.send(200, b"<html>It works!</html>", kind="text/html")

    def other_json(self, count):
        self.send(200, {"status": "ok"})

    def unauthorized(self, count):
        shown = self.headers.get("Authorization") or self.headers.get("x-api-key")
        self.error(401, f"Incorrect API key provided: {shown}", "invalid_api_key")

    def no_model(self, count):
        self.error(404, "The model `m` does not exist", "model_not_found")

    def moved(self, count):
        self.error(308, "moved", headers=[("Location", self.path.replace("moved", "fine"))])

    def context(self, count):
        text = "the maximum context length is 128 tokens, you asked for 900: prompt is too long"
        self.error(400, text, "context_length_exceeded")

    def bad_request(self, count):
        self.error(400, "unknown field min_pp", "invalid_request_error")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.counts, self.bodies, self.headers, self.schedules = Counter(), {}, {}, {}
        self.lock = threading.Lock()


class FaultServer:
    def __init__(self):
        self._http = Server()
        self._tokens = 0
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def url(self, fault):
        """A fresh base address (without /v1) whose requests meet ``fault``."""
        self._tokens += 1
        return f"http://127.0.0.1:{self._http.server_address[1]}/{fault}/{self._tokens}"

    def schedule(self, faults):
        """A fresh base address whose requests meet one of ``faults`` each, and then none."""
        url = self.url("schedule")
        self._http.schedules[_token(url)] = iter(list(faults))
        return url

    def count(self, url):
        return self._http.counts[_token(url)]

    def body(self, url):
        return self._http.bodies[_token(url)]

    def headers(self, url):
        return self._http.headers[_token(url)]

    def close(self):
        self._http.shutdown()
        self._http.server_close()


def _token(url):
    return url.rsplit("/", 1)[1]
