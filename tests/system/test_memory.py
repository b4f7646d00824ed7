"""Free memory as the system and the container tell it; their files are hand-written."""

from __future__ import annotations

import platform
import resource
from pathlib import Path

import pytest

from tests.system.test_cpu import V2, machine
from voiceover.system.memory import available_bytes, give_back_free_memory

MEGABYTE = 1 << 20
FREE = f"MemTotal: 16000000 kB\nMemFree: 10 kB\nMemAvailable:   {4096 * 1024} kB"
GROUP = "sys__fs__cgroup__jobs__mine__memory."
OLD = "sys__fs__cgroup__memory__box__memory."


@pytest.mark.parametrize(
    ("groups", "files", "megabytes"),
    [
        (V2, {}, 4096),
        (V2, {f"{GROUP}max": "max", f"{GROUP}current": "1000"}, 4096),
        (V2, {f"{GROUP}max": str(1024 * MEGABYTE), f"{GROUP}current": str(256 * MEGABYTE)}, 768),
        (
            V2,
            {
                f"{GROUP}max": str(1024 * MEGABYTE),
                f"{GROUP}current": str(1000 * MEGABYTE),
                f"{GROUP}stat": f"anon 5\ninactive_file {500 * MEGABYTE}\nactive_file 7",
            },
            524,
        ),
        (V2, {f"{GROUP}max": str(100 * MEGABYTE), f"{GROUP}current": str(101 * MEGABYTE)}, 0),
        ("4:memory:/box\n0::/", {f"{OLD}limit_in_bytes": str(512 * MEGABYTE), f"{OLD}usage_in_bytes": str(12 * MEGABYTE)}, 500),
        (V2, {f"{GROUP}max": "", f"{GROUP}current": "x"}, 4096),
    ],
)
def test_free_memory(tmp_path: Path, groups: str, files: dict[str, str], megabytes: int) -> None:
    assert available_bytes(machine(tmp_path, groups, proc__meminfo=FREE, **files)) == megabytes * MEGABYTE


def test_a_system_that_does_not_tell_has_half_its_memory_free(tmp_path: Path) -> None:
    free = available_bytes(tmp_path)
    assert free is not None
    assert free > 64 * MEGABYTE


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries give memory back by themselves")
def test_freed_memory_goes_back_to_the_system() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    blocks = [bytearray(2000) for _ in range(30_000)]
    above = [bytearray(2000) for _ in range(100)]  # keeps glibc from shrinking its heap by itself
    del blocks
    before = resident()
    give_back_free_memory()
    assert resident() < before - 40_000_000
    assert len(above) == 100
