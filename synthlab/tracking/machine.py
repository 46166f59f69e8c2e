"""CPU, memory, disk and network of this machine during a run: MLflow's own monitor, on its run."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from synthlab.tracking.store import Store

SECONDS = 10
"""Between two looks; a run that is shorter has no system metrics."""

# A store that is gone is told once, by what the run itself logs.
logging.getLogger("mlflow.system_metrics").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Monitor:
    """A thread that looks at the machine; ``stop`` ends it."""

    thread: Any

    @classmethod
    def start(cls, store: Store, run_id: str) -> Monitor:
        """Begin to log ``system/...`` metrics to a run."""
        from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

        thread = SystemMetricsMonitor(run_id, SECONDS, tracking_uri=store.uri)
        thread.start()
        return cls(thread)

    def stop(self) -> None:
        """Log what was seen last; harmless when it has ended."""
        self.thread.finish()
