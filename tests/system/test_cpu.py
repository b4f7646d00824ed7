"""Cores as the scheduler and the container give them; the control groups are hand-written files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from voiceover.system.cpu import LIBRARY_VARIABLES, SHARE_VARIABLE, available_cores, share_of, sharing


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SHARE_VARIABLE, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def machine(root: Path, groups: str, **files: str) -> Path:
    """A root with the process's control groups and their files, ``__`` for a slash."""
    for name, content in {"proc__self__cgroup": groups, **files}.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n", "utf-8")
    return root


V2 = "0::/jobs/mine"
V1 = "sys__fs__cgroup__cpu,cpuacct__box__cpu.cfs_"


@pytest.mark.parametrize(
    ("groups", "files", "cores"),
    [
        (V2, {"sys__fs__cgroup__jobs__mine__cpu.max": "max 100000"}, 8),
        (V2, {"sys__fs__cgroup__jobs__mine__cpu.max": "300000 100000"}, 3),
        (V2, {"sys__fs__cgroup__jobs__mine__cpu.max": "350000 100000"}, 3),
        (V2, {"sys__fs__cgroup__jobs__mine__cpu.max": "20000 100000"}, 1),
        (V2, {"sys__fs__cgroup__jobs__mine__cpu.max": "max 100000", "sys__fs__cgroup__jobs__cpu.max": "200000 100000"}, 2),
        (V2, {"sys__fs__cgroup__cpu.max": "200000 100000"}, 2),  # inside a container
        (V2, {"sys__fs__cgroup__jobs__mine__cpu.max": "1600000 100000"}, 8),
        (V2, {"sys__fs__cgroup__jobs__mine__cpu.max": ""}, 8),
        (
            "4:cpu,cpuacct:/box\n0::/",
            {
                "sys__fs__cgroup__cpu,cpuacct__box__cpu.cfs_quota_us": "250000",
                "sys__fs__cgroup__cpu,cpuacct__box__cpu.cfs_period_us": "50000",
            },
            5,
        ),
        ("1:cpu:/box", {"sys__fs__cgroup__cpu__cpu.cfs_quota_us": "-1", "sys__fs__cgroup__cpu__cpu.cfs_period_us": "100000"}, 8),
        ("3:cpuset:/box", {"sys__fs__cgroup__cpuset__cpu.max": "100000 100000"}, 8),
        ("nonsense", {}, 8),
    ],
)
def test_the_quota_of_a_container(groups: str, files: dict[str, str], cores: int, tmp_path: Path) -> None:
    assert available_cores(machine(tmp_path, groups, **files)) == cores


def test_without_control_groups(tmp_path: Path) -> None:
    assert available_cores(tmp_path) == 8


def test_a_group_above_the_mount_is_not_looked_for(tmp_path: Path) -> None:
    root = machine(tmp_path, "0::/../..", sys__fs__cgroup__x="", **{"cpu.max": "100000 100000", "sys__cpu.max": "100000 100000"})
    assert available_cores(root) == 8


def test_a_share_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHARE_VARIABLE, "6")
    assert [share_of(workers) for workers in (1, 2, 4, 7)] == [6, 3, 1, 1]
    monkeypatch.setenv(SHARE_VARIABLE, "many")
    assert available_cores() >= 1


def test_what_a_process_started_meanwhile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIBRARY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    before = dict(os.environ)
    with sharing(2):
        assert {os.environ[name] for name in (SHARE_VARIABLE, "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")} == {"2"}
        assert os.environ["MKL_NUM_THREADS"] == "7"
    assert dict(os.environ) == before
