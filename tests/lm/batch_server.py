"""A server with the batch APIs of OpenAI and Anthropic, and their chat endpoints.

Built after "Batch API" and "Files" of OpenAI's reference and "Message Batches" of Anthropic's. A
batch comes one step further each time that it is looked at, or listed; its requests are done, and
paid, in one of the steps. Every answer says what it was asked, and takes 40 tokens in (10 of them
from a cache) and 60 out.
"""

import json
import random
import re
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKENS_IN, CACHED, TOKENS_OUT = 40, 10, 60
CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
OPENAI_STEPS = ["validating", "in_progress", "finalizing", "completed"]
ANTHROPIC_STEPS = ["in_progress", "in_progress", "ended"]


class Batch:
    """What both providers know of one."""

    def __init__(self, number, requests, metadata=None):
        self.requests = requests  # custom_id -> body
        self.metadata = metadata
        self.created = int(time.time())
        self.step = 0
        self.answers = {}  # custom_id -> body of the answer
        self.errors = {}  # custom_id -> (status, type, message)
        self.end = ""  # why it ended before its time: expired, cancelled
        self.refused = None  # (code, message)
        self.id = f"batch_{number:04d}"


class BatchServer:
    """Attributes of a test's choice:

    refuse: prompt -> None, or (status, type, message) of a request that fails.
    expire_after: requests of each batch that are done before it expires.
    turn_away: batches to come that are refused when they are looked at, as (code, message).
    drop: "before" or "after": the next batch is lost on its way there, or its id on its way back.
    hold: if an Event, creating a batch sets ``created`` and waits for it before it answers.
    stuck: batches come no further.
    fail: answers to come that are an error 500.
    gone: answers of batches are deleted.

    Attributes:
        executed: how often each journal key was done in a batch, by its prompt.
        live: how often each prompt was asked outside of batches.
    """

    def __init__(self):
        self.refuse = lambda prompt: None
        self.expire_after = self.hold = None
        self.turn_away, self.drop, self.stuck, self.fail, self.gone = [], "", False, 0, False
        self.created = threading.Event()
        self.executed, self.live = Counter(), Counter()
        self.batches, self.files = {}, {}
        self.lock = threading.RLock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.owner = self
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def close(self):
        self._http.shutdown()
        self._http.server_close()

    def cancel(self, batch):
        """As if the user had done so on the provider's page."""
        with self.lock:
            self.do(batch, 1)
            batch.end, batch.step = "cancelled", len(OPENAI_STEPS)

    def add(self, requests, metadata=None):
        with self.lock:
            batch = Batch(len(self.batches) + 1, requests, metadata)
            batch.refused = self.turn_away.pop(0) if self.turn_away else None
            self.batches[batch.id] = batch
            return batch

    def look(self, batch, steps):
        """The batch's status, after one step more."""
        with self.lock:
            if not self.stuck:
                batch.step += 1
            if batch.step >= 2 and not batch.end and not batch.refused:
                self.do(batch, len(batch.requests) if self.expire_after is None else None)
            return steps[min(batch.step, len(steps) - 1)]

    def do(self, batch, count):
        """Do the requests, or as many as there is time for."""
        if batch.answers or batch.errors:
            return
        chosen = list(batch.requests.items())
        random.Random(1).shuffle(chosen)
        if count is None:
            count, batch.end = self.expire_after, "expired"
        for custom_id, body in chosen[:count]:
            prompt = prompt_of(body)
            problem = self.refuse(prompt)
            if problem:
                batch.errors[custom_id] = problem
            else:
                self.executed[prompt] += 1
                batch.answers[custom_id] = body


def prompt_of(body):
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0]["text"]


def chat(body):
    details = {"cached_tokens": CACHED}
    usage = {
        "prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT,
        "total_tokens": TOKENS_IN + TOKENS_OUT, "prompt_tokens_details": details,
    }  # fmt: skip
    message = {"role": "assistant", "content": f"answer to {prompt_of(body)}"}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return {"id": "x", "object": "chat.completion", "created": 1, "model": body["model"],
            "choices": [choice], "usage": usage}  # fmt: skip


def message(body):
    usage = {"input_tokens": TOKENS_IN - CACHED, "output_tokens": TOKENS_OUT,
             "cache_read_input_tokens": CACHED, "cache_creation_input_tokens": 0}  # fmt: skip
    content = [{"type": "text", "text": f"answer to {prompt_of(body)}"}]
    return {"id": "x", "type": "message", "role": "assistant", "model": body["model"],
            "content": content, "stop_reason": "end_turn", "usage": usage}  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.route("GET", b"")

    def do_POST(self):
        self.route("POST", self.rfile.read(int(self.headers["Content-Length"] or 0)))

    def route(self, method, data):
        server = self.server.owner
        parts = urlsplit(self.path)
        self.asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
        if server.fail > 0:
            server.fail -= 1
            return self.error(500, "api_error", "out of order")
        for pattern, does in ROUTES:
            if found := re.fullmatch(pattern, f"{method} {parts.path}"):
                try:
                    return does(self, server, data, *found.groups())
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True
                    return None
        return self.error(404, "not_found_error", f"no {parts.path}")

    def send(self, body, status=200, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def error(self, status, kind, text):
        detail = {"type": kind, "message": text, "code": kind, "param": None}
        self.send({"type": "error", "error": detail}, status)

    def made(self, server, requests, metadata, shown):
        """Answer a request for a new batch, or lose the way."""
        if server.drop == "before":
            server.drop, self.close_connection = "", True
            return self.connection.close()
        batch = server.add(requests, metadata)
        if server.drop == "after":
            server.drop, self.close_connection = "", True
            return self.connection.close()
        server.created.set()
        if server.hold is not None:
            server.hold.wait(60)
        return self.send(shown(batch, server))

    # OpenAI

    def chat_live(self, server, data):
        body = json.loads(data)
        server.live[prompt_of(body)] += 1
        self.send(chat(body))

    def upload(self, server, data):
        boundary = self.headers["Content-Type"].split("boundary=")[1].strip('"').encode()
        fields = {}
        for section in data.split(b"--" + boundary)[1:-1]:
            head, _, content = section.partition(b"\r\n\r\n")
            name = re.search(rb'name="([^"]+)"', head)[1].decode()
            fields[name] = content.removesuffix(b"\r\n")
        assert fields["purpose"] == b"batch"
        with server.lock:
            file = f"file-{len(server.files) + 1}"
            server.files[file] = fields["file"]
        self.send({"id": file, "object": "file", "bytes": len(fields["file"]), "created_at": 1,
                   "filename": "x.jsonl", "purpose": "batch", "status": "processed"})  # fmt: skip

    def openai_create(self, server, data):
        asked = json.loads(data)
        assert asked["completion_window"] == "24h"
        assert asked["endpoint"] == "/v1/chat/completions"
        lines = [json.loads(line) for line in server.files[asked["input_file_id"]].splitlines()]
        assert all(line["method"] == "POST" for line in lines)
        assert {line["url"] for line in lines} == {"/v1/chat/completions"}
        assert len({line["body"]["model"] for line in lines}) == 1
        requests = {line["custom_id"]: line["body"] for line in lines}
        assert len(requests) == len(lines)
        assert all(len(custom_id) <= 64 for custom_id in requests)
        self.made(server, requests, asked["metadata"], openai_batch)

    def openai_look(self, server, data, batch):
        found = server.batches.get(batch)
        if found is None:
            return self.error(404, "not_found", f"No batch found with id '{batch}'.")
        server.look(found, OPENAI_STEPS)
        return self.send(openai_batch(found, server))

    def openai_list(self, server, data):
        self.page(server, openai_batch, "after")

    def openai_file(self, server, data, file):
        if server.gone or file not in server.files:
            return self.error(404, "not_found", "No such File object")
        return self.send(server.files[file], kind="application/octet-stream")

    # Anthropic

    def message_live(self, server, data):
        body = json.loads(data)
        server.live[prompt_of(body)] += 1
        self.send(message(body))

    def anthropic_create(self, server, data):
        asked = json.loads(data)["requests"]
        requests = {one["custom_id"]: one["params"] for one in asked}
        if len(requests) != len(asked) or not all(map(CUSTOM_ID.fullmatch, requests)):
            return self.error(400, "invalid_request_error", "requests: custom_id")
        return self.made(server, requests, None, anthropic_batch)

    def anthropic_look(self, server, data, batch):
        found = server.batches.get(batch)
        if found is None:
            return self.error(404, "not_found_error", "Not found")
        server.look(found, ANTHROPIC_STEPS)
        return self.send(anthropic_batch(found, server))

    def anthropic_list(self, server, data):
        self.page(server, anthropic_batch, "after_id")

    def anthropic_results(self, server, data, batch):
        found = server.batches[batch]
        lines = [{"custom_id": i, "result": self.result(found, i)} for i in shuffled(found)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        self.send(text.encode(), kind="application/x-jsonl")

    def result(self, batch, custom_id):
        if custom_id in batch.answers:
            return {"type": "succeeded", "message": message(batch.answers[custom_id])}
        if custom_id in batch.errors:
            _, kind, text = batch.errors[custom_id]
            error = {"type": "error", "error": {"type": kind, "message": text}}
            return {"type": "errored", "error": error}
        return {"type": "canceled" if batch.end == "cancelled" else "expired"}

    def page(self, server, shown, cursor):
        """A list, the newest first."""
        batches = list(server.batches.values())[::-1]
        if cursor in self.asked:
            ids = [batch.id for batch in batches]
            batches = batches[ids.index(self.asked[cursor]) + 1 :]
        limit = int(self.asked.get("limit", 20))
        for batch in batches[:limit]:
            server.look(batch, OPENAI_STEPS)
        rows = [shown(batch, server) for batch in batches[:limit]]
        ends = {"first_id": rows[0]["id"], "last_id": rows[-1]["id"]} if rows else {}
        self.send({"object": "list", "data": rows, "has_more": len(batches) > limit, **ends})


def shuffled(batch):
    ids = list(batch.requests)
    random.Random(2).shuffle(ids)
    return ids


def openai_batch(batch, server):
    status = OPENAI_STEPS[min(batch.step, len(OPENAI_STEPS) - 1)]
    if batch.step >= 1 and batch.refused:
        status = "failed"
    elif status == "completed":
        status = batch.end or status
    files = write_files(batch, server) if status in ("completed", "expired", "cancelled") else {}
    errors = None
    if status == "failed":
        code, text = batch.refused
        errors = {"object": "list", "data": [{"code": code, "message": text, "line": None}]}
    return {
        "id": batch.id, "object": "batch", "endpoint": "/v1/chat/completions",
        "completion_window": "24h", "input_file_id": "file-1", "created_at": batch.created,
        "status": status, "errors": errors, "metadata": batch.metadata,
        "request_counts": {"total": len(batch.requests), "completed": len(batch.answers),
                           "failed": len(batch.errors)}, **files,
    }  # fmt: skip


def write_files(batch, server):
    """The output file and the error file, where there is anything to say in them."""
    good, bad = [], []
    for custom_id in shuffled(batch):
        line = {"id": "batch_req_1", "custom_id": custom_id, "response": None, "error": None}
        if custom_id in batch.answers:
            body = chat(batch.answers[custom_id])
            good.append({**line, "response": {"status_code": 200, "request_id": "r", "body": body}})
        elif custom_id in batch.errors:
            status, kind, text = batch.errors[custom_id]
            body = {"error": {"message": text, "type": kind, "param": None, "code": None}}
            response = {"status_code": status, "request_id": "r", "body": body}
            bad.append({**line, "response": response})
        else:
            text = "This request could not be executed before the completion window expired."
            bad.append({**line, "error": {"code": f"batch_{batch.end}", "message": text}})
    found = {}
    for name, lines in (("output_file_id", good), ("error_file_id", bad)):
        found[name] = f"{name}-{batch.id}" if lines else ""  # seen: an empty id for no file
        server.files[found[name]] = "".join(json.dumps(line) + "\n" for line in lines).encode()
    return found


def anthropic_batch(batch, server):
    ended = batch.step >= len(ANTHROPIC_STEPS) - 1
    counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
    if ended:
        rest = len(batch.requests) - len(batch.answers) - len(batch.errors)
        counts.update(succeeded=len(batch.answers), errored=len(batch.errors))
        counts["canceled" if batch.end == "cancelled" else "expired"] = rest
    else:
        counts["processing"] = len(batch.requests)
    when = datetime.fromtimestamp(batch.created, UTC).isoformat()
    results = f"{server.url}/v1/messages/batches/{batch.id}/results"
    return {
        "id": batch.id, "type": "message_batch", "request_counts": counts, "created_at": when,
        "expires_at": when, "processing_status": "ended" if ended else "in_progress",
        "archived_at": when if server.gone else None, "cancel_initiated_at": None,
        "ended_at": when if ended else None,
        "results_url": results if ended and not server.gone else None,
    }  # fmt: skip


ROUTES = [
    (r"POST /v1/chat/completions", Handler.chat_live),
    (r"POST /v1/files", Handler.upload),
    (r"GET /v1/files/([^/]+)/content", Handler.openai_file),
    (r"POST /v1/batches", Handler.openai_create),
    (r"GET /v1/batches", Handler.openai_list),
    (r"GET /v1/batches/([^/]+)", Handler.openai_look),
    (r"POST /v1/messages", Handler.message_live),
    (r"POST /v1/messages/batches", Handler.anthropic_create),
    (r"GET /v1/messages/batches", Handler.anthropic_list),
    (r"GET /v1/messages/batches/([^/]+)", Handler.anthropic_look),
    (r"GET /v1/messages/batches/([^/]+)/results", Handler.anthropic_results),
]
