"""MLflow's own web page on a store, as a child process; it ends with Ctrl-C or ``stop``."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass

from synthlab.errors import StorageError
from synthlab.tracking.backend import guarded, shown
from synthlab.tracking.store import Store

START_SECONDS = 90
_HANGUP = getattr(signal, "SIGHUP", signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Server:
    """A running page; ``process`` is None when the store is itself a server."""

    url: str
    process: subprocess.Popen[bytes] | None

    def wait(self) -> int:
        """Block until the server ends, or this process is told to: Ctrl-C, SIGTERM, SIGHUP.

        Call it from the main thread.

        Returns:
            The server's exit code; 0 when this process ended it.
        """
        if self.process is None:
            return 0
        before = {each: signal.signal(each, _interrupt) for each in (signal.SIGTERM, _HANGUP)}
        try:
            return self.process.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            self.stop()
            for each, handler in before.items():
                signal.signal(each, handler)

    def stop(self) -> None:
        """End the server and the processes that it started."""
        if self.process is None or self.process.poll() is not None:
            return
        for signal_, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal_)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
                return


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def serve(store: Store, port: int = 5000, host: str = "127.0.0.1") -> Server:
    """Start ``mlflow server`` on ``store`` and return once it answers.

    Raises:
        StorageError: the port is taken, or the server ends or does not answer in 90 seconds.
    """
    if store.is_server:
        return Server(store.uri, None)
    _check_port(host, port)
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store.uri]
    command += ["--artifacts-destination", str(store.root / "artifacts")]
    command += ["--host", host, "--port", str(port), "--workers", "1"]
    # The job runner is a second process of 250 MB, for features that are not used here.
    settings = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with guarded("cannot start the MLflow server"):
        process = subprocess.Popen(
            command,
            env=settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that ``stop`` can end its workers too
        )
    server = Server(f"http://{host}:{port}", process)
    try:
        _await(server, process, shown(store.uri))
    except BaseException:
        server.stop()
        raise
    return server


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise StorageError(
                f"cannot serve on {host}:{port}: {exc.strerror or exc}", "give another --port"
            ) from exc


def _await(server: Server, process: subprocess.Popen[bytes], uri: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise StorageError(
                f"the MLflow server ended at once (exit code {process.returncode})",
                f"run `python -m mlflow server --backend-store-uri {uri}` to see why",
            )
        try:
            with urllib.request.urlopen(f"{server.url}/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise StorageError(
        f"the MLflow server did not answer within {START_SECONDS} seconds", "run again"
    )
