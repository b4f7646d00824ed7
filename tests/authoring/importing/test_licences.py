"""What the extra ``import`` brings: no package under the GPL or AGPL."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
CHOSEN = {"tld": "MPL-1.1"}
"""Packages under a choice of licences, with the one that is taken."""


def brought(names: list[str]) -> Iterator[str]:
    """The packages, and all that they need, each once."""
    seen: set[str] = set()
    waiting = [*names]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            needs = metadata(name).get_all("Requires-Dist") or []
        except PackageNotFoundError:  # for another system or Python
            continue
        yield name
        wanted = (Requirement(need) for need in needs)
        waiting += [need.name for need in wanted if need.marker is None or need.marker.evaluate({"extra": ""})]


def test_no_package_of_the_extra_is_under_the_gpl() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    found = [*brought([Requirement(text).name for text in extras["import"]])]
    assert {"lxml", "mammoth", "pypdf", "trafilatura", "tld", "courlan"} <= {*found}
    for name in found:
        about = metadata(name)
        words = [about.get("License-Expression") or about.get("License") or "", *(about.get_all("Classifier") or [])]
        said = "\n".join(line[:200] for line in words if "License ::" in line or line is words[0])
        assert said.strip(), f"{name} names no licence"
        if re.search(r"\bA?GPL|General Public", said) and not re.search("Lesser|LGPL", said):
            assert CHOSEN.get(name, "none") in said, f"{name}: {said}"
        elif name in CHOSEN:
            assert CHOSEN[name] in said
    assert set(extras["import"]) <= set(extras["dev"])
