"""Recording on the machines of a Ray cluster. The only folder that imports ray, and only when a cluster is asked for."""

from __future__ import annotations

from voiceover.takes.cluster.recorder import record_on_cluster
from voiceover.takes.cluster.worker import WorkerSetup

__all__ = ["WorkerSetup", "record_on_cluster"]
