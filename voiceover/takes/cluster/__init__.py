"""Record on a Ray cluster. Only this package imports ray, and only if a cluster is used."""

from __future__ import annotations

from voiceover.takes.cluster.recorder import record_on_cluster
from voiceover.takes.cluster.worker import WorkerSetup

__all__ = ["WorkerSetup", "record_on_cluster"]
