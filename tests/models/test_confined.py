"""Models made to reach outside their own folder, given to the commands: nothing outside is read, written or moved."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import Run
from tests.models import tiny
from tests.models.conftest import Shop
from voiceover.cli import voiceover as command
from voiceover.errors import VoiceoverError

SECRET = "the user's own file, which is nobody else's"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with a file of the user's; when the test ends, it must hold nothing else than the store."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "diary.txt").write_text(SECRET)
    monkeypatch.setenv("VOICEOVER_DATA", str(home / "data"))
    yield home
    assert (home / "diary.txt").read_text() == SECRET
    assert {path.name for path in home.iterdir()} <= {"diary.txt", "data"}
    stored = [path for path in (home / "data").rglob("*") if path.is_file()]
    assert not any(SECRET.encode() in path.read_bytes() for path in stored)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def refused(*arguments: str | Path, said: str, data: Path) -> None:
    """The command fails with one clear line, and the store is as it was."""
    before = {path for path in data.rglob("*") if path != data / "models"}
    error = run(*arguments).exception
    assert isinstance(error, VoiceoverError), error
    assert (error.exit_code, len(str(error).splitlines())) == (2, 1)
    assert said in str(error)
    assert {path for path in data.rglob("*") if path != data / "models"} == before


def bundle(home: Path, **files: object) -> Path:
    """A distilled bundle, its words in the archive, with more entries in the manifest's table of files."""
    folder = tiny.distilled(home.parent / "bundle", checksums=False)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] |= files
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def take(folder: Path) -> tuple[str | Path, ...]:
    return "models", "import", folder, "--arch", "v0"


NAMES = {
    "upwards": "../home/diary.txt",
    "to an autostart file": "../../../../../../.config/autostart/x.desktop",
    "down and up": "a/../../home/diary.txt",
    "absolute": "/etc/hostname",
    "backslashes": "..\\..\\x",
    "a drive": "c:x",
    "NUL": "readme\0.txt",
    "a line feed": "readme\nx.txt",
    "half a character": "\ud800",
    "empty": "",
    "the folder itself": ".",
    "too long": "x" * 300,
    "too deep": "x/" * 500 + "x",
}


@pytest.mark.parametrize("shape", ["text", "list", "path", "file", "url"])
@pytest.mark.parametrize("name", NAMES)
def test_every_name_in_a_manifest_is_confined_before_anything_is_written(name: str, shape: str, home: Path) -> None:
    value = NAMES[name]
    entry: object = value if shape == "text" else ["tensors.q4.bin", value] if shape == "list" else {shape: value}
    refused(*take(bundle(home, readme=entry)), said="refused: the file name ", data=home / "data")


def test_the_command_says_so_in_one_line(home: Path, voiceover: Run) -> None:
    """A program that starts with the desktop, from a model."""
    folder = bundle(home, readme="../home/.config/autostart/x.desktop")
    (home / ".config" / "autostart").mkdir(parents=True)
    done = voiceover(*take(folder), check=2)
    assert len(done.stderr.splitlines()) == 1
    assert not list((home / ".config").rglob("*.desktop"))
    shutil.rmtree(home / ".config")


def test_a_name_that_is_there_twice_a_folder_or_missing(home: Path) -> None:
    folder = bundle(home, readme="README.md", licence="readme.MD")
    refused(*take(folder), said="README.md and readme.MD are the same file on some systems", data=home / "data")
    manifest = (folder / "manifest.json").read_text()
    for first, second in (("caf\u00e9.md", "cafe\u0301.md"), ("Docs/a.md", "docs/b.md"), ("MANIFEST.json", "a.md")):
        (folder / "manifest.json").write_text(manifest.replace("README.md", first).replace("readme.MD", second))
        refused(*take(folder), said="are the same file on some systems", data=home / "data")
    (folder / "samples").mkdir()
    (folder / "manifest.json").write_text(manifest.replace("README.md", "samples").replace("readme.MD", "samples"))
    refused(*take(folder), said="a folder or a special file", data=home / "data")
    (folder / "manifest.json").write_text(manifest.replace("README.md", "gone.md").replace("readme.MD", "./gone.md"))
    refused(*take(folder), said="names a file that is missing: gone.md", data=home / "data")
    (folder / "gone.md").write_text("Here after all, and named twice.")
    assert run(*take(folder)).exit_code == 0
    assert (home / "data/models/bundle/dit/gone.md").is_file()


LINKS: dict[str, Callable[[Path, Path], object]] = {
    "symbolic": lambda path, diary: path.symlink_to(diary),
    "relative": lambda path, diary: path.symlink_to(os.path.relpath(diary, path.parent)),
    "a chain of links": lambda path, diary: (path.with_name("between").symlink_to(diary), path.symlink_to("between")),
    "a pipe": lambda path, _: os.mkfifo(path),
}


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(
    "name",
    ["manifest.json", "checksums.sha256", "tensors.q4.bin", "tensor_q4_index.json", "tensor_fp16_index.json", "vocab.txt", "README.md"],
)
def test_no_link_of_a_bundle_is_followed_out_of_it(name: str, link: str, home: Path) -> None:
    if (name, link) in (("manifest.json", "a pipe"), ("vocab.txt", "a pipe")):
        pytest.skip("then it is no bundle, or has no vocabulary")
    folder = bundle(home, readme="README.md")
    (folder / "README.md").write_text("A model.")
    (folder / name).unlink(missing_ok=True)
    LINKS[link](folder / name, home / "diary.txt")
    said = "a special file" if link == "a pipe" else "this is a link that leads out of"
    refused(*take(folder), said=said, data=home / "data")


def test_a_folder_that_is_a_link_is_not_followed_out_either(home: Path) -> None:
    folder = bundle(home, readme="docs/diary.txt")
    (folder / "docs").symlink_to(home)
    refused(*take(folder), said="this is a link that leads out of", data=home / "data")


def test_a_checksum_list_says_nothing_about_files_elsewhere(home: Path) -> None:
    folder = bundle(home)
    for name in ("../home/diary.txt", str(home / "diary.txt"), "a\\b"):
        (folder / "checksums.sha256").write_text(f"{'0' * 64}  {name}\n")
        refused(*take(folder), said="refused: the file name ", data=home / "data")
    (folder / "diary").symlink_to(home / "diary.txt")
    (folder / "checksums.sha256").write_text(f"{'0' * 64}  diary\n")
    refused(*take(folder), said="this is a link that leads out of", data=home / "data")


def test_the_archive_is_checked_whole_before_it_is_unpacked(home: Path) -> None:
    folder = bundle(home)
    for name, said in (
        ("../../x", "leads outside"),
        ("a\nb", "control characters"),
        ("app/VOICE/peyton/SAMPLE_0.wav", "is in it twice"),
        ("app/voice", "both a file and a folder"),
        ("app/voice/peyton/sample_0.wav/x.txt", "both a file and a folder"),
    ):
        tiny.voice_archive(folder / "peyton_voice_q4.tar", more={name: b"x"})
        refused(*take(folder), said=said, data=home / "data")
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        tiny.voice_archive(folder / "peyton_voice_q4.tar")
        with tarfile.open(folder / "peyton_voice_q4.tar", "a") as archive:
            info = tarfile.TarInfo("app/voice/words.txt")
            info.type, info.linkname = kind, str(home / "diary.txt")
            archive.addfile(info)
        refused(*take(folder), said="not a plain file", data=home / "data")
    (folder / "peyton_voice_q4.tar").unlink()
    (folder / "peyton_voice_q4.tar").symlink_to(tiny.voice_archive(home.parent / "elsewhere.tar"))
    refused(*take(folder), said="this is a link that leads out of", data=home / "data")


def test_the_vocoder_within_an_archive_is_confined_too(home: Path) -> None:
    folder = bundle(home)
    with tarfile.open(folder / "peyton_voice_q4.tar", "w") as archive:
        for path in sorted((tiny.GOLDENS / "vocos_q4_bundle").iterdir()):
            content = path.read_bytes()
            if path.name == "manifest.json":
                manifest = json.loads(content)
                manifest["files"]["readme"] = "../../../../../diary.txt"
                content = json.dumps(manifest).encode()
            info = tarfile.TarInfo(f"vocos/{path.name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    refused(*take(folder), said="refused: the file name ", data=home / "data")


def test_what_lies_beside_a_named_file_is_not_followed_out(home: Path) -> None:
    """The file itself is the user's choice, wherever it leads."""
    assert run("models", "import", tiny.vocoder_repository(home.parent / "vocos")).exit_code == 0
    folder = tiny.swivid(home.parent / "m", "v1")
    (folder / "model_1250000.safetensors").rename(home.parent / "kept.safetensors")
    (folder / "model_1250000.safetensors").symlink_to(home.parent / "kept.safetensors")
    words = ("models", "import", folder / "model_1250000.safetensors", "--arch", "v1")
    vocab = (folder / "vocab.txt").read_bytes()
    (folder / "vocab.txt").unlink()
    (folder / "vocab.txt").symlink_to(home / "diary.txt")
    refused(*words, said="this is a link that leads out of", data=home / "data")
    (folder / "vocab.txt").unlink()
    (folder / "vocab.txt").write_bytes(vocab)
    refused("models", "import", folder, "--arch", "v1", said="this is a link that leads out of", data=home / "data")
    vocos = tiny.vocoder_repository(home.parent / "linked")
    (vocos / "config.yaml").unlink()
    (vocos / "config.yaml").symlink_to(home / "diary.txt")
    refused(*words, "--vocoder", vocos / "pytorch_model.bin", said="this is a link that leads out of", data=home / "data")
    (folder / "duration.safetensors").symlink_to(tiny.GOLDENS / "mlx" / "duration_v2.safetensors")
    assert run(*words).exit_code == 0
    assert not (home / "data/models/model_1250000/duration").exists()


def test_a_snapshot_of_the_hubs_cache_comes_in(home: Path) -> None:
    """Its files are links into the repository's own folder of blobs, and no further."""
    repository = home.parent / "models--authors--distill"
    folder = repository / "snapshots" / ("0" * 40)
    shutil.copytree(bundle(home), folder)
    (repository / "blobs").mkdir()
    for path in list(folder.iterdir()):
        blob = repository / "blobs" / hashlib.sha256(path.name.encode()).hexdigest()
        path.rename(blob)
        path.symlink_to(Path("../../blobs") / blob.name)
    blob = (folder / "tensors.q4.bin").resolve()
    blob.rename(home.parent / "elsewhere")
    blob.symlink_to(home.parent / "elsewhere")
    refused(*take(folder), said="this is a link that leads out of", data=home / "data")
    blob.unlink()
    shutil.copy(home.parent / "elsewhere", blob)
    assert run(*take(folder)).exit_code == 0


def test_a_pulled_bundle_is_confined_like_one_from_disk(shop: Shop, tmp_path: Path, voiceover: Run) -> None:
    """Pulled files are moved, so a name that led out would take the user's own file away."""
    diary = tmp_path / "data" / "diary.txt"
    diary.parent.mkdir()
    diary.write_text(SECRET)
    manifest = json.loads(shop.hub.repositories["authors/distill"]["manifest.json"])
    for name in ("../../diary.txt", str(diary), "..\\x"):
        manifest["files"]["readme"] = name
        shop.hub.repositories["authors/distill"]["manifest.json"] = json.dumps(manifest).encode()
        shop.hub.repositories["authors/distill"].pop("checksums.sha256", None)
        catalogue = Path(shop.environment["VOICEOVER_CATALOGUE"])
        catalogue.write_text(catalogue.read_text().replace("path: checksums.sha256", "path: none.sha256, optional: yes"))
        done = shop.pull("distill", "--accept-licence", check=2)
        assert "leads outside the folder" in done.stderr
        assert diary.read_text() == SECRET
        assert not (tmp_path / "data/models/distill").exists()
        shutil.rmtree(tmp_path / "data/models", ignore_errors=True)
