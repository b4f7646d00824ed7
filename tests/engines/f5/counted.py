"""How often the parts of a network are called."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest


class Counted:
    """Counts calls, while everything goes on as before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.calls: Counter[str] = Counter()
        self.batches: Counter[int] = Counter()
        """Calls of what was named ``dit``, by the size of their batch."""

    def count(self, kind: type, name: str, method: str = "__call__") -> None:
        whole = getattr(kind, method)

        def call(network: Any, *arguments: Any, **named: Any) -> Any:
            self.calls[name] += 1
            out = whole(network, *arguments, **named)
            if name == "dit":
                self.batches[out.shape[0]] += 1
            return out

        self._monkeypatch.setattr(kind, method, call)
