"""One measurement: a fresh stub, a fresh client process, and what both of them say afterwards.

CPU time and peak memory are the kernel's own account of the finished client (``wait4``), its
children included. Nothing here knows which clients there are.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

STUB = Path(__file__).parent / "stub.py"
LONGEST_RUN = 1800


class Failed(Exception):
    """A client that did not bring its rows."""


@dataclass(frozen=True)
class Load:
    """What is asked of a client.

    Attributes:
        latency: seconds that the stub takes for an answer.
    """

    rows: int
    in_flight: int
    latency: float


@dataclass(frozen=True)
class Measured:
    """One client's run.

    Attributes:
        wall_s: from the first line after the imports to the last row.
        cpu_s: of the whole process, user and system, imports included.
        rss_mb: peak resident memory of the largest process.
        first_request_s: from starting the process to the first request at the stub.
        span_s: from the first request at the stub to its last answer.
        script_s: the whole process.
        requests: what the stub counted; so are the next three.
        stub_cpu_s: what the stub itself took.
    """

    wall_s: float
    cpu_s: float
    rss_mb: float
    first_request_s: float
    span_s: float
    script_s: float
    requests: int
    distinct_prompts: int
    max_in_flight: int
    connections: int
    stub_cpu_s: float


def measure(python: Path, script: Path, load: Load, env: Mapping[str, str]) -> Measured:
    """Run one client to its end.

    Raises:
        Failed: it broke, or did not bring as many different rows as it was asked for.
    """
    scratch = Path(tempfile.mkdtemp(prefix="throughput-"))
    try:
        with _stub(load.latency) as root:
            command = [
                str(python), str(script), "--url", f"{root}/v1", "--rows", str(load.rows),
                "--in-flight", str(load.in_flight), "--scratch", str(scratch),
            ]  # fmt: skip
            started = time.time()
            said, used = _run(command, env, scratch)
            ended = time.time()
            with urlopen(f"{root}/stats") as page:
                stats = json.load(page)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if said["distinct"] != load.rows:
        raise Failed(f"brought {said['distinct']} different rows of {load.rows}")
    return Measured(
        wall_s=said["wall_s"],
        cpu_s=used.ru_utime + used.ru_stime,
        rss_mb=used.ru_maxrss / 1024,
        first_request_s=stats["first"] - started,
        span_s=stats["last"] - stats["first"],
        script_s=ended - started,
        requests=stats["requests"],
        distinct_prompts=stats["distinct_prompts"],
        max_in_flight=stats["max_in_flight"],
        connections=stats["connections"],
        stub_cpu_s=stats["cpu_s"],
    )


@contextmanager
def _stub(latency: float) -> Iterator[str]:
    command = [sys.executable, str(STUB), "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def _run(command: list[str], env: Mapping[str, str], scratch: Path) -> tuple[dict[str, Any], Any]:
    """What the client printed last, and the resources that it used."""
    out, err = scratch / "stdout", scratch / "stderr"
    with out.open("w") as stdout, err.open("w") as stderr:
        process = subprocess.Popen(
            command, env=dict(env), cwd=scratch, stdout=stdout, stderr=stderr,
            start_new_session=True,
        )  # fmt: skip
        watch = threading.Timer(LONGEST_RUN, os.killpg, (process.pid, signal.SIGKILL))
        watch.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            watch.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    lines = out.read_text().splitlines()
    if process.returncode or not lines:
        last = "; ".join(err.read_text(errors="replace").splitlines()[-3:])
        raise Failed(f"exit code {process.returncode}: {last}")
    return json.loads(lines[-1]), used
