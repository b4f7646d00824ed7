"""Models from the user's own files: every layout people have comes in, and what does not fit is refused by name."""

from __future__ import annotations

import io
import json
import shlex
import shutil
import struct
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Run
from tests.engines.f5.weight_files import write_pickle, write_safetensors
from tests.models import tiny
from tests.models.stores import AddedModel, ImportOptions, find, import_model, installed, open_model, user_says
from voiceover.cli.model_words import print_added
from voiceover.engines.f5.weights.archive import unpack_archive
from voiceover.engines.f5.weights.files import open_weights
from voiceover.errors import ModelError, SettingsError
from voiceover.pipeline.context import from_engines
from voiceover.voices import load_voice


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a vocoder."""
    folder = tmp_path / "data"
    import_model(tiny.vocoder_repository(tmp_path / "vocos"), user_says("vocos-mel-24khz"), folder)
    return folder


def model(path: Path, data: Path, **given: object) -> AddedModel:
    return import_model(path, user_says(**given), data)  # type: ignore[arg-type]


LAYOUTS: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "f5-tts-mlx v1": (lambda at: tiny.f5_tts_mlx(at) / "model_v1.safetensors", "v1", "safetensors, dense"),
    "f5-tts-mlx v1 4 bits": (lambda at: tiny.f5_tts_mlx(at) / "model_v1_4b.safetensors", "v1", "safetensors, 4 bits in groups of 64"),
    "f5-tts-mlx v1 8 bits": (lambda at: tiny.f5_tts_mlx(at) / "model_v1_8b.safetensors", "v1", "safetensors, 8 bits in groups of 64"),
    "f5-tts-mlx v0": (lambda at: tiny.f5_tts_mlx(at) / "model.safetensors", "v0", "safetensors, dense"),
    "f5-tts-mlx v0 4 bits": (lambda at: tiny.f5_tts_mlx(at) / "model_4b.safetensors", "v0", "safetensors, 4 bits in groups of 64"),
    "f5-tts-mlx v0 8 bits": (lambda at: tiny.f5_tts_mlx(at) / "model_8b.safetensors", "v0", "safetensors, 8 bits in groups of 64"),
    "quantized fork 4 bits": (lambda at: tiny.quantized_fork(at, 4), "v0", "safetensors, 4 bits in groups of 64"),
    "quantized fork 8 bits": (lambda at: tiny.quantized_fork(at, 8), "v0", "safetensors, 8 bits in groups of 64"),
    "SWivid v0": (lambda at: tiny.swivid(at, "v0"), "v0", "safetensors, dense"),
    "SWivid v1": (lambda at: tiny.swivid(at, "v1"), "v1", "safetensors, dense"),
    "checkpoint v0": (lambda at: tiny.checkpoint(at, "v0"), "v0", "torch, dense"),
    "checkpoint v1 without EMA": (lambda at: tiny.checkpoint(at, "v1", ema=False), "v1", "torch, dense"),
    "fine-tune with its own vocabulary": (lambda at: tiny.checkpoint(at, "v1", tokens=91), "v1", "torch, dense"),
    "int4 bundle": (tiny.distilled, "v0", "f5tts-q4-bundle-v0, 4 bits a row"),
    "int4 bundle of ours": (tiny.own_bundle, "v0", "f5tts-q4-bundle-v0, 4 bits a row"),
}
"""What people have: how it is made, its architecture, and what the store says of it."""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_comes_in_and_gives_the_same_tensors(layout: str, data: Path, tmp_path: Path) -> None:
    make, architecture, said = LAYOUTS[layout]
    path = make(tmp_path / "mine")
    record = model(path, data, name="mine", architecture=architecture).record
    assert (record.layout, record.architecture, record.vocoder) == (said, architecture, "vocos-mel-24khz")
    assert ("duration" in record.parts) is ("mlx" in layout or "fork" in layout)
    opened = open_model(data, "mine")
    dense = open_weights(tiny.GOLDENS / f"torch_{architecture}" / "model.safetensors")
    name = "transformer.transformer_blocks.1.attn.to_k.weight"
    error = np.abs(opened.dit.tensor(name) - dense.tensor(name)).max() / np.abs(dense.tensor(name)).max()
    assert error < (0.1 if "4" in said else 0.01 if "8 bits" in said else 1e-9)
    assert len(opened.vocab) == (91 if "vocabulary" in layout else 82)
    assert len(opened.vocab) == opened.dit.shape("transformer.text_embed.text_embed.weight")[0] - 1
    assert opened.bytes > record.bytes


@pytest.mark.parametrize("mlx", [False, True])
def test_a_vocoder_comes_in_alone(mlx: bool, tmp_path: Path) -> None:
    record = import_model(tiny.vocoder_repository(tmp_path / "vocos", mlx=mlx), user_says(), tmp_path / "data").record
    assert (record.name, record.kind, set(record.files)) == (
        "vocos",
        "vocoder",
        {"vocoder/model.safetensors" if mlx else "vocoder/pytorch_model.bin", "vocoder/config.yaml"},
    )


def test_a_model_may_bring_its_own_vocoder(tmp_path: Path) -> None:
    record = model(
        tiny.swivid(tmp_path / "m", "v1"), tmp_path / "data", architecture="v1", vocoder=tiny.GOLDENS / "vocos_fp16_bundle"
    ).record
    assert record.vocoder is None
    assert open_model(tmp_path / "data").vocoder.shape("head.out.weight") == (1026, 32)


def test_no_vocoder_anywhere(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no vocoder is installed, .*; get it: voiceover models pull vocos-mel-24khz"):
        model(tiny.swivid(tmp_path / "m", "v1"), tmp_path / "data", architecture="v1")
    assert installed(tmp_path / "data") == ()


# ---------------------------------------------------------------- v0 or v1


def test_the_architecture_is_never_guessed(data: Path, tmp_path: Path) -> None:
    path = tiny.swivid(tmp_path / "F5TTS_v1_Base", "v1")
    with pytest.raises(ModelError, match=r"say --arch v0 or --arch v1"):
        model(path, data)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ('{"arch": {"dim": 64, "pe_attn_head": null, "text_mask_padding": true}}', "v1"),
        ('{"model": {"arch": {"pe_attn_head": 1, "text_mask_padding": false}}}', "v0"),
        ("model:\n  arch:\n    text_mask_padding: True\n    pe_attn_head: null\n", "v1"),
        ("model:\n  arch:\n    text_mask_padding: False\n    pe_attn_head: 1\n", "v0"),
    ],
)
def test_a_config_beside_the_file_tells(config: str, expected: str, data: Path, tmp_path: Path) -> None:
    folder = tiny.swivid(tmp_path / "m", "v1")
    (folder / ("config.json" if config.startswith("{") else "model_1250000.yaml")).write_text(config)
    assert model(folder, data).record.architecture == expected
    other = {"v0": "v1", "v1": "v0"}[expected]
    with pytest.raises(ModelError, match=rf"its config says {expected}, not {other}"):
        model(folder, data, name="other", architecture=other)


def test_a_config_of_neither(data: Path, tmp_path: Path) -> None:
    folder = tiny.swivid(tmp_path / "m", "v1")
    (folder / "config.json").write_text('{"pe_attn_head": 1, "text_mask_padding": true}')
    with pytest.raises(ModelError, match=r"config\.json: .* neither v0 .* nor v1"):
        model(folder, data)


def test_the_catalogue_tells(data: Path, tmp_path: Path) -> None:
    record = model(tiny.quantized_fork(tmp_path / "m", 4), data, like="f5-tts-mlx-quantized-4bit").record
    assert (record.architecture, record.licence, record.commercial, record.languages) == ("v0", "CC-BY-NC-4.0", False, {"en", "zh"})


# ---------------------------------------------------------------- what does not fit


def test_tensors_that_are_not_those_of_the_network(data: Path, tmp_path: Path) -> None:
    tensors = tiny.mlx_tensors("v1")
    block = "transformer.transformer_blocks.1"
    missing = [f"{block}.attn.{part}.{kind}" for part in ("to_q", "to_k", "to_v") for kind in ("weight", "bias")]
    missing += [f"{block}.ff.ff.layers.2.{kind}" for kind in ("weight", "bias")]
    missing += [f"{block}.attn_norm.linear.{kind}" for kind in ("weight", "bias")] + ["transformer.norm_out.linear.bias"]
    for name in missing:
        del tensors[name]
    tensors["transformer.extra.weight"] = np.zeros((2, 2), np.float32)
    tensors[f"{block}.attn.to_out.layers.0.bias"] = np.zeros(63, np.float32)
    path = write_safetensors(tmp_path / "broken.safetensors", tensors)
    shutil.copy(tiny.GOLDENS / "torch_v1" / "vocab.txt", tmp_path / "vocab.txt")
    with pytest.raises(ModelError) as caught:
        model(path, data, architecture="v1")
    said = str(caught.value)
    assert all(name in said for name in missing[:10])
    assert "and 1 more" in said
    assert "extra transformer.extra.weight" in said
    assert "misshapen transformer.transformer_blocks.1.attn.to_out.layers.0.bias (63,) instead of (64,)" in said
    assert [record.name for record in installed(data)] == ["vocos-mel-24khz"]


def test_a_vocabulary_that_does_not_fit(data: Path, tmp_path: Path) -> None:
    folder = tiny.swivid(tmp_path / "m", "v1")
    (folder / "vocab.txt").write_text(" \na\nb\n")
    with pytest.raises(ModelError, match=r"vocab\.txt: 3 tokens do not fit an embedding of 83 rows, which needs 82"):
        model(folder, data, architecture="v1")
    (folder / "vocab.txt").unlink()
    with pytest.raises(ModelError, match=r"there is no vocab\.txt beside it; name the model's own with --vocab"):
        model(folder, data, architecture="v1")
    assert model(folder, data, architecture="v1", vocab=tiny.GOLDENS / "torch_v1" / "vocab.txt").record.name == "m"


def test_line_ends_do_not_change_a_model(data: Path, tmp_path: Path) -> None:
    folder = tiny.swivid(tmp_path / "m", "v1")
    first = model(folder, data, name="unix", architecture="v1").record
    vocab = folder / "vocab.txt"
    vocab.write_bytes(vocab.read_bytes().replace(b"\n", b"\r\n"))
    assert model(folder, data, name="dos", architecture="v1").record.digest == first.digest
    assert open_model(data, "dos").vocab == open_model(data, "unix").vocab
    assert model(folder, data, name="other", architecture="v0").record.digest != first.digest


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda at: at / "nothing", r"^[^;]*nothing: there is no such file or folder$"),
        (lambda at: (at / "empty").mkdir() or at / "empty", r"an unknown layout: looked for \*\.safetensors"),
        (lambda at: tiny.f5_tts_mlx(at / "many"), r"holds several of one kind \(model.safetensors, .*\); name the file"),
        (lambda at: tiny.GOLDENS / "mlx" / "duration_v2.safetensors", r"holds no F5-TTS network, only duration"),
        (lambda at: (at / "x.safetensors").write_bytes(b"nonsense" * 9) and at / "x.safetensors", r"an unknown layout: looked for"),
        (lambda at: write_safetensors(at / "y.safetensors", {"a": np.zeros(3, np.float32)}), r"an unknown layout: none of"),
        (lambda at: write_pickle(at / "z.pt", {"run": io.open}), r"refused: its pickle asks for .*open"),
    ],
)
def test_what_is_not_a_model(make: Callable[[Path], Path], said: str, data: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=said):
        model(make(tmp_path), data, architecture="v1")


def test_a_truncated_file(data: Path, tmp_path: Path) -> None:
    folder = tiny.swivid(tmp_path / "m", "v1")
    path = folder / "model_1250000.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ModelError, match=r"cut short"):
        model(path, data, architecture="v1")


def test_a_bundle_whose_checksums_are_wrong(data: Path, tmp_path: Path) -> None:
    folder = tiny.distilled(tmp_path / "m")
    blob = bytearray((folder / "tensors.q4.bin").read_bytes())
    blob[5000] ^= 1
    (folder / "tensors.q4.bin").write_bytes(blob)
    with pytest.raises(ModelError, match=r"checksums\.sha256: tensors\.q4\.bin has SHA-256"):
        model(folder, data, architecture="v0")


def test_a_vocoder_of_another_kind(data: Path, tmp_path: Path) -> None:
    folder = tiny.vocoder_repository(tmp_path / "vocos44")
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("sample_rate: 24000", "sample_rate: 44100"))
    with pytest.raises(ModelError, match=r"a vocoder with sample_rate 44100; F5-TTS needs 24000"):
        import_model(folder, user_says(), data)


def test_a_vocoder_whose_config_is_broken(data: Path, tmp_path: Path) -> None:
    folder = tiny.vocoder_repository(tmp_path / "broken")
    (folder / "config.yaml").write_text("feature_extractor: {\n  sample_rate: 44100\nhead: [\n")
    with pytest.raises(ModelError, match=r"config\.yaml:\d+:\d+: "):
        import_model(folder, user_says("other"), data)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers_do_not_come_in(value: float, data: Path, tmp_path: Path) -> None:
    before = sorted((data / "models").iterdir())
    swivid, vocos = tiny.swivid(tmp_path / "m", "v1"), tiny.vocoder_repository(tmp_path / "v", mlx=True)
    for folder, name in ((swivid, "ema_model.transformer.proj_out.bias"), (vocos, "backbone.norm.bias")):
        (path,) = folder.glob("*.safetensors")
        tensors = tiny.raw_tensors(path)
        tensors[name].flat[3] = value
        write_safetensors(path, tensors)
        with pytest.raises(ModelError, match=rf"safetensors: BAD: contains NaN or infinity in {name.removeprefix('ema_model.')}"):
            import_model(folder, user_says("wild", "v1" if folder == swivid else None), data)
    assert sorted((data / "models").iterdir()) == before


@pytest.mark.parametrize(("languages", "kept"), [({"en", "pt-BR"}, {"en", "pt"}), ({"tlh"}, {"tlh"})])
def test_languages_by_their_tags(languages: set[str], kept: set[str], data: Path, tmp_path: Path) -> None:
    taken = model(tiny.swivid(tmp_path / "m", "v1"), data, architecture="v1", languages=frozenset(languages))
    assert taken.record.languages == kept


@pytest.mark.parametrize("languages", [{"english"}, {"en", "Latn"}, {"en german"}, set()])
def test_what_is_no_language(languages: set[str], data: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="--languages"):
        model(tiny.swivid(tmp_path / "m", "v1"), data, architecture="v1", languages=frozenset(languages))


def test_which_of_several_vocoders(data: Path, tmp_path: Path) -> None:
    import_model(tiny.vocoder_repository(tmp_path / "v"), user_says("a-vocoder"), data)
    path = tiny.swivid(tmp_path / "m", "v1")
    first = model(path, data, name="first", architecture="v1")
    assert (first.record.vocoder, first.remarks) == ("vocos-mel-24khz", ())
    with pytest.raises(ModelError, match="first is a model, not a vocoder"):
        model(path, data, name="second", architecture="v1", vocoder=Path("first"))
    import_model(tmp_path / "v", user_says("b-vocoder"), tmp_path / "other")
    only = model(path, tmp_path / "other", architecture="v1")
    assert (only.record.vocoder, only.remarks) == ("b-vocoder", ())
    import_model(tmp_path / "v", user_says("a-vocoder"), tmp_path / "other")
    chosen = "second speaks through the vocoder a-vocoder; for b-vocoder import it with --vocoder NAME --replace"
    assert model(path, tmp_path / "other", name="second", architecture="v1").remarks == (chosen,)


@pytest.mark.parametrize(
    ("option", "given"),
    [
        ("vocab", user_says(vocab=Path("v.txt"))),
        ("languages", user_says(languages=frozenset(("en",)))),
        ("preset", user_says(preset="fast")),
        ("arch", user_says(architecture="v1")),
        ("like", user_says(like="F5TTS_Base")),
        ("duration", user_says(duration=Path("d.safetensors"))),
        ("vocoder", user_says(vocoder=Path("vocos-mel-24khz"))),
    ],
)
def test_what_cannot_be_said_of_a_vocoder(option: str, given: ImportOptions, data: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"a vocoder, and --{option} applies to models only"):
        import_model(tiny.vocoder_repository(tmp_path / "v"), given, data)


def test_a_name_that_is_there_already(data: Path, tmp_path: Path) -> None:
    folder = tiny.swivid(tmp_path / "m", "v1")
    model(folder, data, architecture="v1")
    with pytest.raises(ModelError, match=r"there is a model m already; give another --name, take its place with --replace, or remove it: "):
        model(folder, data, architecture="v0")
    assert model(folder, data, architecture="v0", replace=True).record.architecture == "v0"
    assert find(data, "m").architecture == "v0"
    with pytest.raises(ModelError, match=r'"\.\./x" cannot be the name'):
        model(folder, data, name="../x", architecture="v1")


# ---------------------------------------------------------------- the archive of the distilled model


def test_the_archive_gives_a_voice(tmp_path: Path) -> None:
    data = tmp_path / "data"
    taken = model(tiny.distilled(tmp_path / "distill"), data, architecture="v0", preset="distilled")
    assert taken.voice is not None
    assert taken.voice.folder == data / "voices" / "peyton"
    written = json.loads((data / "voices" / "peyton" / "voice.yaml").read_text())
    assert written["reference"] == {"audio": "sample_0.wav", "text": "Words of the clip."}
    assert written["licence"] == "not stated"
    assert str(tmp_path) not in json.dumps(written)
    with pytest.raises(SettingsError, match=r'voice\.yaml:4:14: "not stated" is not a valid licence'):
        load_voice("peyton", [data / "voices"], from_engines())
    assert (data / "voices" / "peyton" / "sample_0.wav").read_bytes() == tiny.CLIP.read_bytes()
    opened = open_model(data)
    assert (opened.facts.preset, opened.vocoder.metadata["format"]) == ("distilled", "vocos-mel-24khz-q4-bundle-v0")
    int4 = opened.dit.quantized("transformer.transformer_blocks.0.attn.to_q.weight")
    assert int4 is not None
    assert int4.bits == 4


@pytest.mark.parametrize("licence", ["MIT", "unknown"])
def test_the_clip_of_a_model_comes_under_the_licence_of_the_model(licence: str, data: Path, tmp_path: Path) -> None:
    taken = model(tiny.distilled(tmp_path / "distill"), data, architecture="v0", licence=licence)
    assert taken.voice is not None
    if licence == "MIT":
        licence = load_voice("peyton", [data / "voices"], from_engines()).licence
        assert licence == taken.voice.licence == "MIT, as the model distill that it came with"
        assert said_of(taken) == [f"with it came the voice peyton: {data / 'voices' / 'peyton'}"]
        return
    (told,) = said_of(taken)
    assert "it cannot be used until" in told
    voice_file = data / "voices" / "peyton" / "voice.yaml"
    assert str(voice_file) in told
    assert '"licence": "not stated"' in told
    voice_file.write_text(voice_file.read_text().replace('"licence": "not stated"', '"consent": "Peyton, 2026-11-20"'))
    assert load_voice("peyton", [data / "voices"], from_engines()).consent == "Peyton, 2026-11-20"


def test_an_episode_says_nothing_of_where_things_lie_on_this_machine(data: Path, tmp_path: Path, voiceover: Run) -> None:
    model(tiny.distilled(tmp_path / "distill"), data, architecture="v0", licence="MIT")
    (tmp_path / "cover.png").write_bytes(cover())
    text = "---\ncover: cover.png\ncast: {Ann: peyton, Bob: ada}\n---\n\nAnn: Hello there, my friend.\n\nBob: Hello to you, too.\n"
    (tmp_path / "s.md").write_text(text)
    out = tmp_path / "out"
    voiceover("render", tmp_path / "s.md", "-o", out, "--format", "mp3,flac,wav", "--engine", "draft", VOICEOVER_DATA=data)
    manifest = json.loads((out / "s.draft.manifest.json").read_text())
    assert [voice["licence"] for voice in manifest["voices"]] == ["Apache-2.0", "MIT, as the model distill that it came with"]
    published = {path.name: path.read_bytes() for path in out.iterdir()}
    assert len(published) == 10
    for name, content in published.items():
        for trace in (tmp_path, Path.cwd(), Path.home()):
            assert str(trace).encode() not in content, name


def cover() -> bytes:
    """A picture of one grey dot."""
    parts = ((b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b""))
    chunks = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def said_of(taken: AddedModel) -> list[str]:
    said: list[str] = []
    print_added(taken, said.append)
    return [line.strip() for line in said[1:]]


@pytest.mark.parametrize("words", ["Words of the clip.", None])
def test_a_voice_of_that_name_is_left_alone_and_that_is_said(words: str | None, data: Path, tmp_path: Path) -> None:
    (data / "voices" / "peyton").mkdir(parents=True)
    (told,) = said_of(model(tiny.distilled(tmp_path / "distill", words=words), data, architecture="v0"))
    assert ("without its words" in told) is (words is None)
    assert f"there is a voice peyton already, which was left unchanged: {data / 'voices' / 'peyton'}" in told
    assert list((data / "voices" / "peyton").iterdir()) == []


def test_the_command_that_makes_a_voice_of_a_clip_asks_for_all_that_it_needs(data: Path, tmp_path: Path) -> None:
    told, command = said_of(model(tiny.distilled(tmp_path / "with space", words=None), data, architecture="v0"))
    assert "without its words" in told
    asked = shlex.split(command)
    assert asked[:5] == ["voiceover", "voices", "add", "peyton", "--audio"]
    assert Path(asked[5]).read_bytes() == tiny.CLIP.read_bytes()
    assert asked[6::2] == ["--text", "--consent"]


def test_an_archive_without_the_words_gives_a_clip(data: Path, tmp_path: Path) -> None:
    taken = model(tiny.distilled(tmp_path / "distill", words=None), data, architecture="v0")
    assert taken.voice is not None
    assert (taken.voice.folder, taken.voice.text) == (None, None)
    assert taken.voice.clip.read_bytes() == tiny.CLIP.read_bytes()
    assert not (data / "voices").exists()


def hostile(path: Path, member: tarfile.TarInfo, content: bytes = b"") -> Path:
    with tarfile.open(path, "w") as archive:
        archive.addfile(member, io.BytesIO(content))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, **more: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in more.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize(
    ("info", "said"),
    [
        (member("../../escaped.txt"), r"leads outside"),
        (member("/etc/escaped.txt"), r"leads outside"),
        (member("a/../../escaped.txt"), r"leads outside"),
        (member("c:\\escaped.txt"), r"leads outside"),
        (member("link", tarfile.SYMTYPE, linkname="/etc/passwd"), r"not a plain file"),
        (member("hard", tarfile.LNKTYPE, linkname="other"), r"not a plain file"),
        (member("device", tarfile.CHRTYPE), r"not a plain file"),
        (member("pipe", tarfile.FIFOTYPE), r"not a plain file"),
        (member("large", size=10**9), r"would unpack to more than its own 1,536 bytes"),
    ],
)
def test_an_archive_that_would_do_harm(info: tarfile.TarInfo, said: str, tmp_path: Path) -> None:
    path = tmp_path / "voice.tar"
    with path.open("wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 1024)
    with pytest.raises(ModelError, match=said):
        unpack_archive(path, tmp_path / "inside" / "deep")
    assert not list(tmp_path.rglob("escaped.txt"))


def test_an_archive_that_is_cut_short_or_says_a_thing_twice(tmp_path: Path) -> None:
    whole = tiny.voice_archive(tmp_path / "whole.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[:20_000])
    with pytest.raises(ModelError, match=r"it is cut short"):
        unpack_archive(tmp_path / "cut.tar", tmp_path / "a")
    twice = tmp_path / "twice.tar"
    with tarfile.open(twice, "w") as archive:
        for name in ("a/file.txt", "a/FILE.txt"):
            archive.addfile(member(name, size=1), io.BytesIO(b"x"))
    with pytest.raises(ModelError, match=r"is in it twice"):
        unpack_archive(twice, tmp_path / "b")
    (tmp_path / "none.tar").write_bytes(b"not a tar" * 200)
    with pytest.raises(ModelError, match=r"not a \.tar archive"):
        unpack_archive(tmp_path / "none.tar", tmp_path / "c")
