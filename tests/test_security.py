"""What SECURITY.md promises about the code as a whole, and that every test which it names is there."""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import mutagen.flac
import mutagen.id3
import pytest

from tests.conftest import Run
from tests.engines.f5.benchmark.parts import result, run, spoken
from tests.publish.parts import Master, metadata, placed, timeline, tone, utterance
from voiceover.audio.files import PcmWriter
from voiceover.engines.f5.benchmark.checks import LineFinding
from voiceover.engines.f5.benchmark.page import as_page
from voiceover.engines.f5.benchmark.result import as_json
from voiceover.models import ModelFinding
from voiceover.publish.caption_files import srt, transcript, webvtt
from voiceover.publish.id3 import id3_tag
from voiceover.publish.lossless import tag_flac, tag_wav
from voiceover.publish.tags import episode_tags

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "voiceover"

# ---------------------------------------------------------------- the document


def promised() -> list[tuple[str, str]]:
    """File and name of each test that SECURITY.md names."""
    return re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", (ROOT / "SECURITY.md").read_text("utf-8"))


def test_every_row_names_tests_that_are_there() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|") and not line.startswith(("| ---", "| input |"))]
    assert len(rows) >= 12
    assert [row.split("|")[1].strip() for row in rows if "::test_" not in row] == []
    # Nothing that looks like one and is spelled otherwise.
    assert len(promised()) == text.count("::")
    defined = {
        (file, node.name)
        for file in {file for file, _ in promised()}
        for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert sorted(set(promised()) - defined) == []


# ---------------------------------------------------------------- the code


WORDS = re.compile(
    r"subprocess|os\.(system|popen|exec|spawn|posix)|pty|shell=|asyncio|\b(eval|exec|compile|load)\(|__import__|pickle|marshal|shelve|yaml\.\w*load"
    r"|extract|unpack_archive|import_module|runpy"
)


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    """Every module in which a word stands that one of the two tests looks for: to read all of them takes seconds."""
    texts = ((path, path.read_text("utf-8")) for path in sorted((*PACKAGE.rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py"))))
    return tuple((path.relative_to(ROOT).with_suffix("").as_posix(), ast.parse(text)) for path, text in texts if WORDS.search(text))


STARTS = frozenset(("run", "Popen", "call", "check_call", "check_output"))
SHELLS = re.compile(
    r"(os\.(system|popen|exec\w*|spawn\w*|posix_spawn\w*)|subprocess\.(getoutput|getstatusoutput)|pty\.spawn|asyncio\.create_subprocess_\w+)"
)


def faults_of_starting(tree: ast.Module) -> list[str]:
    """Calls of a module that go through a shell, or start a program by anything but a list of arguments."""
    lists = {"tuple(command)"}
    for node in ast.walk(tree):
        if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation is not None:
            name = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
            if re.fullmatch(r"(list|Sequence|tuple)\[.*str.*\]", ast.unparse(node.annotation)):
                lists.add(name)
        elif isinstance(node, ast.Assign) and (isinstance(node.value, (ast.List, ast.Tuple)) or ast.unparse(node.value) in lists):
            lists.update(ast.unparse(target) for target in node.targets)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("subprocess", "os", "pty"):
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            found += [f"{node.lineno}: {name}" for name in names if SHELLS.fullmatch(name) or name.removeprefix("subprocess.") in STARTS]
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name == "os.execv" and isinstance(node.args[1], ast.List):  # this very program, with its own arguments
            continue
        if SHELLS.fullmatch(name) or any(keyword.arg in ("shell", "executable") for keyword in node.keywords):
            found.append(f"{node.lineno}: {name}")
        elif name in {f"subprocess.{start}" for start in STARTS} and not (
            node.args and (isinstance(node.args[0], ast.List) or ast.unparse(node.args[0]) in lists)
        ):
            found.append(f"{node.lineno}: {name}({ast.unparse(node.args[0]) if node.args else ''})")
    return found


def test_no_program_is_started_through_a_shell() -> None:
    assert [f"{name}:{fault}" for name, tree in trees() for fault in faults_of_starting(tree)] == []


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.system('ls')",
        "import os\nos.popen(command)",
        "import subprocess\nsubprocess.run('ls', shell=True)",
        "import subprocess\nsubprocess.run(['ls'], shell=True)",
        "import subprocess\nsubprocess.run(f'ls {x}')",
        "import subprocess\nsubprocess.Popen(line)",
        "import subprocess\nsubprocess.getoutput('ls')",
        "from subprocess import run",
        "from os import system",
        "def f(line: str):\n    subprocess.run(line)",
    ],
)
def test_a_shell_is_seen(code: str) -> None:
    assert faults_of_starting(ast.parse(code))


ALLOWED = {
    "pickle.loads": {"voiceover/takes/cluster/worker"},
    "pickle._Unpickler": {"voiceover/tensors/torch_file"},
}
"""Ray's messages, which its cluster makes itself; the reader that knows its few names and nothing else."""
RUNS = re.compile(
    r"(eval|exec|compile|__import__|(pickle|marshal|shelve|dill|cloudpickle|joblib)\.\w*(load|loads|open|Unpickler)|yaml\.\w*load\w*|torch\.load|"
    r"(np|numpy)\.load|\w+\.extractall|\w+\.extract|shutil\.unpack_archive|importlib\.import_module|runpy\.\w+|code\.\w+)"
)


def what_runs(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        named = node.func if isinstance(node, ast.Call) else node if isinstance(node, ast.Attribute) else None
        if named is not None and RUNS.fullmatch(name := ast.unparse(named)):
            yield name


def test_nothing_that_is_read_is_run() -> None:
    found = {(name, place) for place, tree in trees() if place.startswith("voiceover/") for name in what_runs(tree)}
    assert found - {(name, place) for name, places in ALLOWED.items() for place in places} == set()


def test_arrays_are_read_without_pickles() -> None:
    calls = [
        ast.unparse(node)
        for place, tree in trees()
        if place.startswith("voiceover/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("read_array")
    ]
    assert calls
    assert [call for call in calls if "allow_pickle=False" not in call] == []


@pytest.mark.parametrize("code", ["eval(x)", "yaml.load(x)", "yaml.unsafe_load(x)", "pickle.load(f)", "np.load(p)", "archive.extractall()"])
def test_what_would_run_is_seen(code: str) -> None:
    assert list(what_runs(ast.parse(code)))


# ---------------------------------------------------------------- what we write

HOSTILE = (
    "</title><script>alert(1)</script><img src=x onerror=alert(2)>\" autofocus onfocus='alert(3)' & --> ]]>\n\n9\n"
    "00:00:00.000 --> 09:00:00.000\nWEBVTT\n\nNOTE owned\r\nTITLE=owned\x00\x1b[31m\x9b5m\u2028<v Owned>"
)


class Elements(HTMLParser):
    """Every element, and every attribute that a browser would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.active: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.active += [
            f"{name}={value}"
            for name, value in attributes
            if name.startswith("on")
            or name == "autofocus"
            or (value or "").strip().lower().startswith(("javascript:", "data:", "http:", "https:", "//"))
        ]


def test_a_page_holds_no_element_of_a_stranger() -> None:
    honest = result(run(spoken(0)))
    finding = LineFinding(HOSTILE, HOSTILE, fault=True)
    said = {"name": HOSTILE, "licence": HOSTILE, HOSTILE: [HOSTILE], "map": {HOSTILE: HOSTILE}}
    lines = tuple(
        type(line)(*(HOSTILE if isinstance(getattr(line, name), str) else getattr(line, name) for name in line.__slots__))
        for line in honest.lines
    )
    one = honest.runs[0]
    runs = (
        type(one)(HOSTILE, HOSTILE, None, HOSTILE, 5.0, (spoken(0, finding),), one.rate, one.compared, HOSTILE, (finding,)),
        type(one)(HOSTILE, HOSTILE, HOSTILE),
    )
    hostile = type(honest)(said, said, said, lines, (HOSTILE,), (ModelFinding(HOSTILE, HOSTILE),), runs)
    page = Elements(as_page(hostile))
    assert page.names <= Elements(as_page(honest)).names | {"div"}
    assert page.active == []
    assert "alert(1)" in as_page(hostile)  # it is all there, as text
    assert as_json(hostile)


def chapters_and_captions() -> tuple[str, str, str]:
    line = timeline(
        4.0, [placed(utterance(HOSTILE, HOSTILE, 0), 0.5, 1.0), placed(utterance("Yes.", "Town", 1), 2.0, 1.0)], [(HOSTILE, 0.0)]
    )
    return webvtt(HOSTILE, line), srt(HOSTILE, line), transcript(HOSTILE, line)


def test_captions_hold_no_cue_and_no_markup_of_a_stranger() -> None:
    vtt, subrip, text = chapters_and_captions()
    for captions in (vtt, subrip, text):
        assert not set(captions) & {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) != "\n"}
    cues = vtt.split("\n\n")[1:]
    assert vtt.startswith("WEBVTT\n\n")
    for cue in cues:
        head, *lines = cue.strip().split("\n")
        assert re.fullmatch(r"\d\d:\d\d:0[0-4]\.\d{3} --> \d\d:\d\d:0[0-4]\.\d{3}", head)
        assert lines
        assert all("-->" not in line for line in lines)
        assert re.findall(r"<(?!v [^<>]*>)", "\n".join(lines)) == []
    for number, block in enumerate(subrip.strip().split("\n\n"), 1):
        first, head, *lines = block.split("\n")
        assert first == str(number)
        assert re.fullmatch(r"00:00:0[0-4],\d{3} --> 00:00:0[0-4],\d{3}", head)
        assert lines
    assert [block.count("\n") for block in text.strip().split("\n\n")] == [0] * len(text.strip().split("\n\n"))


def test_tags_hold_no_field_of_a_stranger(tmp_path: Path) -> None:
    """Fields of the formats are bounded by NUL, by a length, or by =."""
    about = metadata(HOSTILE, show=HOSTILE, author=HOSTILE, description=HOSTILE, model=HOSTILE)
    honest = metadata("a", show="b", author="c", description="d", model="e")
    line = timeline(4.0, [], [(HOSTILE, 0.0)])
    read = mutagen.id3.ID3()
    (tmp_path / "a.mp3").write_bytes(id3_tag(episode_tags(about, line, None)))
    read.load(tmp_path / "a.mp3", translate=False)
    (tmp_path / "b.mp3").write_bytes(id3_tag(episode_tags(honest, line, None)))
    assert set(read) == set(mutagen.id3.ID3(tmp_path / "b.mp3", translate=False))
    for name in ("TIT2", "TALB", "TPE1"):
        assert len(read[name].text) == 1
        assert not set(str(read[name])) & {chr(code) for code in range(0x20)}
    for kind, write in (("flac", tag_flac), ("wav", tag_wav)):
        for name, said in (("hostile", about), ("honest", honest)):
            path = tmp_path / f"{name}.{kind}"
            with PcmWriter(path, kind, 24000, 1, bits=24) as file:
                file.write(Master(tone(0.1)).samples)
            write(path, episode_tags(said, line, None))
    flac, plain = mutagen.flac.FLAC(tmp_path / "hostile.flac"), mutagen.flac.FLAC(tmp_path / "honest.flac")
    assert sorted(flac.keys()) == sorted(plain.keys())
    assert all(len(values) == 1 for values in flac.tags.as_dict().values())
    names = info_chunks(tmp_path / "hostile.wav")
    assert names == info_chunks(tmp_path / "honest.wav")
    assert [name for name in names if not name.startswith(b"I")] == [b"fmt ", b"data", b"LIST", b"cue ", b"LIST", b"adtl", b"labl", b"id3 "]


def info_chunks(path: Path) -> list[bytes]:
    """Names of a WAV's chunks, and of those in its lists."""
    data = path.read_bytes()
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    names = []
    place, ends = 12, [len(data)]
    while ends:
        if place == ends[-1]:
            ends.pop()
            continue
        name, size = struct.unpack_from("<4sI", data, place)
        names.append(name)
        whole = place + 8 + size + (size & 1)
        assert whole <= ends[-1]
        if name == b"LIST":
            names.append(data[place + 8 : place + 12])
            ends.append(whole)
            place += 12
        else:
            place = whole
    return names


def test_a_whole_episode_of_a_stranger(tmp_path: Path, voiceover: Run) -> None:
    """By the command: whatever it is called and whoever speaks in it, the files lie where they were wanted and hold what they hold."""
    (tmp_path / "in").mkdir()
    script = tmp_path / "in" / "..%2fevil$(touch x);.md"
    script.write_text(
        '---\ntitle: "</script><script>alert(1)</script> ../../etc"\nshow: "`touch x`"\ncast:\n  Ada: ada\n---\n\n'
        "## <b>One</b> --> two\n\nAda: Hello & <script>alert(2)</script> there --> $(touch x).\n",
        "utf-8",
    )
    done = voiceover("render", script, "-o", "out", "--engine", "draft")
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert {Path(name).suffix for name in made} == {".mp3", ".vtt", ".srt", ".txt", ".json", ".html"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]
    vtt = next((tmp_path / "out").glob("*.vtt")).read_text("utf-8")
    assert "<script" not in vtt
    page = next((tmp_path / "out").glob("*.transcript.html")).read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert vtt.count("-->") == len(re.findall(r"^\d\d:", vtt, re.MULTILINE))
    assert done.returncode == 0
