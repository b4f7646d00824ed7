"""The layers of the package: imports go down only, steps are independent, third-party packages are contained, names are unique.

Sets that end in ``_LEFT`` list what is still to be cleaned. They may only shrink: an entry that is no longer needed fails its test.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from voiceover.audio.formats import FORMATS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "voiceover"

GROUND = {"audio", "errors", "settings", "system", "tensors", "text", "types"}
STEPS = {"engines", "master", "mix", "models", "plan", "publish", "script", "takes", "voices"}
PIPELINE = {"pipeline"}
MANY_EPISODES = {"__init__", "authoring", "batch"}
SHOW = {"show"}
COMMANDS = {"__main__", "cli"}
LAYERS = (GROUND, STEPS, PIPELINE, MANY_EPISODES, SHOW, COMMANDS)
"""From the lowest to the highest. A module may import its own layer, unless it is a step, and those below."""
TOP_LEVEL = {"py"}.union(*LAYERS)
"""The closed list of names directly below ``voiceover/``; ``py`` is the marker py.typed."""
RESERVED: set[str] = set()
"""Listed names that need not exist yet."""

FENCES = {
    "click": {"cli"},
    "rich": {"cli"},
    "yaml": {"settings/strict_yaml"},
    "jinja2": {"publish/pages/template"},
    "markupsafe": {"publish/pages/template"},
    "markdown_it": {"script"},
    "mdit_py_plugins": {"script"},
    "sentencex": {"text/sentences"},
    "unicode_rbnf": {"text/normalize/cldr_numbers"},
    "espeakng_loader": {"engines/draft"},
    "lameenc": {"publish"},
    "soundfile": {"audio/files"},
    "soxr": {"audio/files"},
    "pydub": {"audio/pydub_bridge"},
    "platformdirs": {"system/folders"},
    "mlx": {"engines/f5/mlx"},
    "onnx": {"engines/f5/onnx", "engines/kokoro/graph", "engines/kokoro/graph_nodes", "engines/piper/graph"},
    "onnxruntime": {"engines/onnx_runtime"},
    "pypinyin": {"engines/f5/text"},
    "av": {"audio/decode", "audio/pyav", "audio/streaming"},
    "huggingface_hub": {"models/hub"},
    "rjieba": {"engines/f5/text"},
    "f5_tts": {"engines/f5/benchmark/upstream"},
    "torch": {"engines/f5/benchmark/upstream"},
    "fsspec": {"system/remote_store"},
    "faster_whisper": {"takes/listening/whisper"},
    "ray": {"takes/cluster"},
    "http": {"system/http_post", "system/api_requests"},
    "ssl": {"system/http_post"},
    "defusedxml": {"authoring/importing/xml_parts"},
    "lxml": {"authoring/importing/html_tree"},
    "mammoth": {"authoring/importing/word_document"},
    "pypdf": {"authoring/importing/pdf"},
    "trafilatura": {"authoring/importing/web_page"},
}
"""The one file or folder that may import each third-party package, and the parts of the standard library that use the network."""


F5_LEFT: set[str] = {
    "engines/__init__.py",
    "engines/draft/voice_settings.py",
}
"""Files outside ``engines/f5`` that name F5: the list of packages in a docstring, and espeak-ng's variant f5."""
BELOW_INTERFACE_LEFT: set[tuple[str, str]] = set()
"""Pairs of a file and a module of a step that it imports past the step's ``__init__``."""
CYCLES_LEFT: set[frozenset[str]] = set()
"""Modules that import each other."""
PACKAGE_CYCLES_LEFT: set[frozenset[str]] = set()
"""Top-level names that import each other."""
CLASSES_LEFT: set[str] = set()
"""Names of public classes that are defined more than once."""
ENUMERATIONS_LEFT: set[str] = set()
"""Sorted words of enumerations that several files define."""
FOLDERS_LEFT: list[str] = []
"""Packages that ARCHITECTURE.md does not name, since they are to go."""
COINCIDENCES = {"blockquote list paragraph", "false n no null off on true y yes"}
"""Sorted words that several files list for reasons of their own: Markdown rules, words that YAML reads as booleans."""

# ---------------------------------------------------------------- reading the code


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """Each module as its path below the package without ``.py``, and its syntax tree."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return tuple((path.relative_to(PACKAGE).with_suffix("").as_posix(), ast.parse(path.read_text("utf-8"))) for path in paths)


def imported(tree: ast.Module, name: str) -> Iterator[str]:
    """Full names of everything that a module imports, inside functions and under TYPE_CHECKING too."""
    package = ["voiceover", *name.split("/")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: -node.level] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def top(name: str) -> str:
    """The top-level name that a module belongs to."""
    return name.split("/", maxsplit=1)[0]


def layer(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if top(name) in names)


@cache
def module_of(full_name: str) -> str | None:
    """The module of this package that an imported name is or comes from; None for other packages."""
    parts = full_name.split(".")
    if parts[0] != "voiceover":
        return None
    for count in (len(parts), len(parts) - 1):
        path = PACKAGE.joinpath(*parts[1:count])
        for candidate in (path / "__init__.py", path.with_suffix(".py")):
            if candidate.is_file():
                return candidate.relative_to(PACKAGE).with_suffix("").as_posix()
    return None


@cache
def import_graph() -> dict[str, set[str]]:
    """For each module, the modules that it imports by name; a package's ``__init__`` counts only where it is named itself."""
    graph = {}
    for name, tree in modules():
        targets = {module_of(full_name) for full_name in imported(tree, name)}
        graph[name] = {target for target in targets if target is not None and target != name}
    return graph


def cycles(graph: Mapping[str, Iterable[str]]) -> set[frozenset[str]]:
    """The sets of nodes that reach each other."""
    reached: dict[str, set[str]] = {}
    for start in graph:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for target in graph.get(waiting.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        reached[start] = seen
    return {frozenset(other for other in seen if node in reached.get(other, ())) for node, seen in reached.items() if node in seen}


def breaches(name: str, tree: ast.Module) -> list[str]:
    """Imports of a higher layer, or of another step by a step."""
    found = []
    for full_name in imported(tree, name):
        parts = full_name.split(".")
        other = top("/".join(parts[1:])) if len(parts) > 1 and module_of(full_name) != "__init__" else "__init__"
        if parts[0] != "voiceover" or other == top(name):
            continue
        if layer(other) > layer(name) or layer(other) == layer(name) == LAYERS.index(STEPS):
            found.append(f"{name} imports {full_name}")
    return found


# ---------------------------------------------------------------- layers


def test_the_list_of_top_level_names_is_closed() -> None:
    present = {path.name.split(".")[0] or path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert present - TOP_LEVEL == set()
    assert TOP_LEVEL - RESERVED - present == set(), "remove what is gone from the list"
    assert len(present - RESERVED) <= 24


def test_imports_go_down_only() -> None:
    assert [breach for name, tree in modules() for breach in breaches(name, tree)] == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("mix/edit", "from voiceover.takes import store"),
        ("mix/edit", "from voiceover import master"),
        ("audio/files", "import voiceover.pipeline.render"),
        ("audio/files", "import voiceover"),
        ("publish/tags", "from voiceover import __version__"),
        ("plan/build", "def f():\n    from voiceover.cli import main"),
        ("script/check", "from ..voices import load_voice"),
        ("batch/run", "if TYPE_CHECKING:\n    from voiceover.cli import main"),
    ],
)
def test_a_breach_is_seen(name: str, code: str) -> None:
    assert breaches(name, ast.parse(code))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("pipeline/render", "from voiceover.takes import record_takes"),
        ("mix/timeline", "from voiceover.mix import edges"),
        ("cli/render", "from voiceover import __version__"),
        ("audio/files", "from voiceover.types import Audio"),
    ],
)
def test_an_import_of_a_lower_layer_is_no_breach(name: str, code: str) -> None:
    assert breaches(name, ast.parse(code)) == []


def test_steps_are_imported_by_their_public_interface() -> None:
    found = {
        (name, target)
        for name, targets in import_graph().items()
        for target in targets
        if top(target) in STEPS and top(target) != top(name) and target != f"{top(target)}/__init__"
    }
    assert found == BELOW_INTERFACE_LEFT


def test_modules_do_not_import_each_other() -> None:
    assert cycles(import_graph()) == CYCLES_LEFT


def test_packages_do_not_import_each_other() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for name, targets in import_graph().items():
        graph[top(name)] |= {top(target) for target in targets} - {top(name)}
    assert cycles(graph) == PACKAGE_CYCLES_LEFT


def test_a_cycle_is_seen() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["b", "d"], "d": []}
    assert cycles(graph) == {frozenset("bc")}


def test_third_party_packages_stay_behind_their_fence() -> None:
    out = []
    for name, tree in modules():
        for full_name in imported(tree, name):
            allowed = FENCES.get(full_name.split(".")[0])
            if allowed is not None and not any(name == place or name.startswith(f"{place}/") for place in allowed):
                out.append(f"{name} imports {full_name}")
    assert out == []


# ---------------------------------------------------------------- one home for each engine, enumeration and name

_F5 = re.compile(r"(?<![0-9A-Za-z\\])f5", re.IGNORECASE)


def test_f5_is_named_by_its_own_package_only() -> None:
    files = (path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".yaml", ".typed"})
    named = {path.relative_to(PACKAGE).as_posix() for path in files if _F5.search(path.read_text("utf-8"))}
    assert {path for path in named if not path.startswith("engines/f5/")} == F5_LEFT


def words_of(node: ast.AST) -> list[str]:
    """The elements of a tuple, list or set, or the keys of a dict, if all of them are literal strings."""
    elements: list[ast.expr | None] = []
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        elements = [*node.elts]
    elif isinstance(node, ast.Dict):
        elements = [*node.keys]
    words = [element.value for element in elements if isinstance(element, ast.Constant) and isinstance(element.value, str)]
    return words if len(words) == len(elements) else []


def formats_in(tree: ast.Module) -> list[int]:
    """Lines of literal collections, and of alternatives in patterns, that list two or more audio formats."""
    found = []
    for node in ast.walk(tree):
        words = words_of(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "|" in node.value:
            words = re.split(r"[^\w.]+", node.value)
        if len({word.removeprefix(".").lower() for word in words} & set(FORMATS)) > 1:
            found.append(getattr(node, "lineno", 0))
    return found


def test_audio_formats_are_listed_in_one_module() -> None:
    found = [f"{name}:{line}" for name, tree in modules() if name != "audio/formats" for line in formats_in(tree)]
    assert found == []


@pytest.mark.parametrize(
    "code", ["X = ('mp3', 'wav')", "X = {'.flac': 1, '.mp3': 2}", "click.Choice(['WAV', 'FLAC'])", "X = r'\\.(?:mp3|wav)$'"]
)
def test_a_list_of_formats_is_seen(code: str) -> None:
    assert formats_in(ast.parse(code))


def test_enumerations_are_defined_once() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for name, tree in modules():
        for node in ast.walk(tree):
            words = [] if isinstance(node, ast.Dict) else words_of(node)
            if len(set(words)) > 2:
                places[" ".join(sorted(set(words)))].add(name)
    assert {words for words, files in places.items() if len(files) > 1} - COINCIDENCES == ENUMERATIONS_LEFT


def test_public_classes_have_names_of_their_own() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for name, tree in modules():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].add(name)
    assert {name for name, files in places.items() if len(files) > 1} == CLASSES_LEFT


def test_the_architecture_page_names_every_package() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    folders = {path.parent.relative_to(PACKAGE) for path in PACKAGE.rglob("__init__.py")} - {Path()}
    assert sorted(folder.as_posix() for folder in folders if f"{folder.name}/" not in page) == FOLDERS_LEFT
    assert len(page.splitlines()) <= 100, "it is to fit on one page"


# ---------------------------------------------------------------- output and import time


def test_only_the_command_line_prints() -> None:
    loud = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        if name.split("/")[0] != "cli"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert loud == []


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import voiceover", {"scipy", "mlx", "onnxruntime", "espeakng_loader", "numpy", "soundfile", "markdown_it", "yaml", "rich"}),
        (
            "from voiceover.cli import voiceover; voiceover.main(['--help'], standalone_mode=False)",
            {"scipy", "mlx", "onnxruntime", "numpy", "soundfile", "yaml"},
        ),
        ("import voiceover.pipeline.render", {"scipy", "mlx", "onnxruntime", "espeakng_loader", "pydub", "torch", "fsspec", "ray"}),
    ],
)
def test_importing_stays_light(code: str, heavy: set[str]) -> None:
    program = f"import sys\n{code}\nprint('LOADED', *sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED"
