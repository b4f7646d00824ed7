from __future__ import annotations

import copy
import dataclasses
import importlib
import pickle
import pkgutil
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import click
import pytest

import voiceover
from voiceover.system import installed
from voiceover.system.lazy import lazy_pattern, names_on_demand
from voiceover.types import FloatArray
from voiceover.types.lazy_dataclass import dataclass

PACKAGES = ("voiceover", "voiceover.types", "voiceover.takes", "voiceover.mix", "voiceover.master", "voiceover.publish", "voiceover.voices")
NEED_RAY = ("WorkerSetup", "record_on_cluster")


def test_a_lazy_pattern_works_like_a_compiled_one() -> None:
    pattern = lazy_pattern(r"(?P<word>b+)", re.IGNORECASE)
    assert [match["word"] for match in pattern.finditer("aBb b")] == ["Bb", "b"]
    assert pattern.sub("-", "abba") == "a-a"
    assert pattern.pattern == r"(?P<word>b+)" and pattern.flags & re.IGNORECASE
    assert copy.deepcopy(pattern).fullmatch("bB") is not None
    assert lazy_pattern(rb"\d+").search(b"a12") is not None


def test_a_lazy_pattern_is_compiled_when_it_is_used() -> None:
    broken = lazy_pattern("(")
    with pytest.raises(re.error):
        broken.match("")


def test_a_lazy_pattern_has_no_attribute_that_a_compiled_one_lacks() -> None:
    with pytest.raises(AttributeError):
        lazy_pattern("a").scan_everything  # noqa: B018


def test_every_pattern_of_the_package_compiles() -> None:
    kind = type(lazy_pattern(""))
    checked = 0
    for module in pkgutil.walk_packages(voiceover.__path__, "voiceover."):
        if module.name.startswith(("voiceover.__main__", "voiceover.engines.", "voiceover.takes.cluster")):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, kind):
                re.compile(value.pattern, value.flags)
                checked += 1
    assert checked > 150


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_of_a_package_can_be_loaded(name: str) -> None:
    package = importlib.import_module(name)
    assert [
        public for public in package.__all__ if not hasattr(package, public) and public not in ("WorkerSetup", "record_on_cluster")
    ] == []
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'nothing'"):
        package.nothing  # noqa: B018


def test_a_name_is_loaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lazy_house").mkdir()
    (tmp_path / "lazy_house/__init__.py").write_text("")
    (tmp_path / "lazy_house/room.py").write_text("made = []\nchair = object()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    package = importlib.import_module("lazy_house")
    load = names_on_demand("lazy_house", {"room": ("chair",)})
    assert "lazy_house.room" not in sys.modules
    assert load("chair") is package.chair is sys.modules["lazy_house.room"].chair


def test_an_array_of_samples_can_be_part_of_an_annotation() -> None:
    assert (FloatArray | None).__args__[1] is type(None)


@pytest.mark.parametrize("arguments", [["check", "words.md"], ["plan", "words.md"]])
def test_what_touches_no_sound_loads_no_numpy(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "words.md").write_text("---\ncast: {Ann: ada, Bob: ben}\n---\n\nAnn: Good morning.\n\nBob: Good evening.\n")
    program = (
        "import sys\nfrom voiceover.cli import voiceover\n"
        f"voiceover.main({arguments!r}, standalone_mode=False)\n"
        "print('LOADED', *sorted({'numpy', 'soundfile', 'soxr', 'lameenc', 'onnxruntime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "LOADED"


@dataclass(frozen=True, slots=True)
class Point:
    """A point."""

    x: int
    labels: tuple[str, ...] = ()
    more: list[int] = dataclasses.field(default_factory=list, compare=False)

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("x is negative")


@dataclass(frozen=True, slots=True)
class Deep(Point):
    z: int = 5


@dataclass(slots=True, kw_only=True)
class Counter:
    count: int = 0


def test_a_lazy_dataclass_behaves_like_one_of_the_standard_library() -> None:
    unused = pickle.loads(pickle.dumps(Point))
    point = Point(1, ("a",))
    assert unused is Point and not hasattr(point, "__dict__")
    assert point == Point(1, ("a",), [2]) != Point(2) and point != 1
    assert hash(point) == hash(Point(1, ("a",), [2]))
    assert repr(point) == "Point(x=1, labels=('a',), more=[])"
    assert dataclasses.asdict(dataclasses.replace(point, x=3)) == {"x": 3, "labels": ("a",), "more": []}
    assert [field.name for field in dataclasses.fields(Deep)] == ["x", "labels", "more", "z"]
    deep = Deep(1, z=2)
    assert deep.z == 2 and deep != Point(1) and copy.deepcopy(deep) == pickle.loads(pickle.dumps(deep)) == deep
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    with pytest.raises(ValueError, match="negative"):
        Point(-1)
    with pytest.raises(TypeError, match="missing 1 required"):
        Point()  # type: ignore[call-arg]
    match deep:
        case Deep(x, labels):
            assert (x, labels) == (1, ())
    counter = Counter(count=1)
    counter.count += 1
    assert counter == Counter(count=2) and copy.copy(counter).count == 2
    with pytest.raises(TypeError):
        hash(counter)


def test_the_methods_of_a_lazy_dataclass_are_made_when_they_are_used() -> None:
    program = (
        "from voiceover.types import Gaps, Script\n"
        "made = lambda cls: [type(vars(cls)[name]).__name__ == 'function' for name in ('__init__', '__eq__')]\n"
        "print(made(Gaps), Gaps() is None, made(Gaps), Gaps() == 1, made(Gaps), made(Script))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("[")[1:] == ["False, False] False ", "True, False] False ", "True, True] ", "False, False]\n"]


def test_a_lazy_dataclass_is_completed_by_one_thread_while_another_looks() -> None:
    """Both threads find a method missing; the second finds it complete when it starts to make it."""

    @dataclass(slots=True, frozen=True)
    class Point:
        x: int

    @dataclass(slots=True, frozen=True)
    class Named(Point):
        name: str

    seen = [(cls, name, vars(cls)[name]) for cls in (Point, Named) for name in ("__init__", "__eq__", "__dataclass_fields__")]
    assert Point(1) != Point(2) and Named(1, "a") == Named(1, "a")
    for cls, name, missing in seen:
        assert missing.__get__(None, cls) is vars(cls)[name]


def test_installed_packages_are_read_as_importlib_metadata_reads_them() -> None:
    for name in ("click", "espeakng-loader", "markdown_it_py", "PyYAML", "voiceover"):
        assert installed.installed_version(name) == metadata.version(name)
    assert installed.installed_version("no-such-package") is None
    ours = {(point.name, point.value) for point in metadata.entry_points(group="voiceover.engines")}
    assert {(point.name, point.value) for point in installed.entry_points("voiceover.engines")} == ours
    scripts = {(point.name, point.value, point.package) for point in installed.entry_points("console_scripts")}
    assert ("voiceover", "voiceover.cli:main", "voiceover") in scripts and len(scripts) > 5
    assert installed.installed_file("click", "click/core.py") == Path(click.core.__file__)
