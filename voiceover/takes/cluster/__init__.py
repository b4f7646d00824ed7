"""Recording on the machines of a Ray cluster. The only folder that imports ray, and only when a cluster is asked for."""

from __future__ import annotations

from voiceover.takes.cluster.recorder import record_on_cluster
from voiceover.takes.cluster.worker import Booth

__all__ = ["Booth", "record_on_cluster"]
