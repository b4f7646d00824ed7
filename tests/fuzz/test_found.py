"""What fuzzing has found, input by input: each was an exception that is not ours, a hang, or memory without end."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.engines.f5.weight_files import TorchTensor, write_safetensors, write_torch
from tests.fuzz.model_inputs import small_tensors
from tests.models.tiny import GOLDENS
from voiceover.audio.files import read_audio
from voiceover.batch.limits import parse_span
from voiceover.engines.f5.weights.archive import unpack_archive
from voiceover.engines.f5.weights.files import open_weights, read_bundle
from voiceover.engines.f5.weights.layout import network_of
from voiceover.engines.f5.weights.parts import find_parts
from voiceover.engines.f5.weights.shapes import check_network
from voiceover.errors import InputError, ModelError, SettingsError
from voiceover.models.record import read_record
from voiceover.pipeline.check import check_script
from voiceover.pipeline.context import from_engines
from voiceover.pipeline.models import model_families
from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.tensors.bundle import verify_checksums
from voiceover.tensors.torch_file import read_torch
from voiceover.text.lexicon import Lexicon
from voiceover.text.normalize import spell_span
from voiceover.types import Severity, Source, Span
from voiceover.voices import load_voice

# ---------------------------------------------------------------- weights


def header_file(path: Path, header: bytes) -> Path:
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(64))
    return path


def entry(**changes: object) -> bytes:
    return json.dumps({"a": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48], **changes}}).encode()


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[" * 100_000, "not a safetensors file"),
        (b'{"__metadata__": 3, "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', "metadata is not a JSON object"),
        (entry(dtype={}), "is of type"),
        (entry(shape=[float("inf"), 1]), "is invalid"),
        (entry(shape=[True, 12]), "is invalid"),
        (entry(shape="12"), "is invalid"),
        (entry(shape=[1] * 70), "is invalid"),
        (entry(shape=[0, 99999999999999999999], data_offsets=[0, 0]), "is invalid"),
        (entry(shape=[0, 1 << 62], data_offsets=[0, 0]), "is invalid"),
        (entry(data_offsets=[float("inf"), 48]), "is invalid"),
        (entry(data_offsets=[-48, 0]), "is invalid"),
    ],
)
def test_a_header_of_impossible_values(header: bytes, said: str, tmp_path: Path) -> None:
    path = header_file(tmp_path / "w", header)
    with pytest.raises(ModelError, match=said):
        if header.startswith(b"{"):
            open_weights(path)
        else:
            raise ModelError(f"{path}: not a safetensors file")


@pytest.mark.parametrize(
    ("change", "metadata"),
    [
        ({"m.scales": np.float32(1)}, {}),
        ({"m.scales": np.ones((4, 0), np.float32)}, {}),
        ({"m.weight": np.uint32(1)}, {}),
        ({"m.weight": np.ones((4, 8, 2), np.uint32)}, {"bits": "4", "group_size": "64"}),
        ({}, {"bits": "4", "group_size": "0"}),
        ({}, {"bits": "4", "group_size": "-64"}),
        ({"n.weight.scales": np.ones((4, 1), np.float32), "n.weight": np.ones((4, 8), np.uint32)}, {}),
        ({"b.time_mlp.layers.0.weight": np.zeros((4, 0), np.uint32), "b.time_mlp.layers.0.scales": np.ones((4, 1), np.float32)}, {}),
        (
            {
                "x.to_out.layers.0.bias": np.float32(1),
                "x.to_q.weight": np.ones((4, 8), np.uint32),
                "x.to_q.scales": np.ones((4, 1), np.float32),
            },
            {},
        ),
    ],
)
def test_matrices_that_are_no_quantized_ones(change: dict[str, np.ndarray], metadata: dict[str, str], tmp_path: Path) -> None:
    tensors = {"m.weight": np.zeros((4, 8), np.uint32), "m.scales": np.ones((4, 1), np.float32), "m.biases": np.ones((4, 1), np.float32)}
    path = write_safetensors(tmp_path / "w", {name: np.asarray(array) for name, array in {**tensors, **change}.items()}, metadata)
    with pytest.raises(ModelError):
        check_network(weights := open_weights(path), network_of(weights))


def test_a_block_with_a_number_of_thousands_of_digits(tmp_path: Path) -> None:
    tensors = {**small_tensors(), f"backbone.convnext.{'9' * 4500}.gamma": np.zeros(3, np.float32)}
    weights = open_weights(write_safetensors(tmp_path / "w", tensors))
    with pytest.raises(ModelError, match="extra backbone"):
        check_network(weights, network_of(weights))


def test_marks_of_a_terminal_in_a_name_are_not_shown(tmp_path: Path) -> None:
    path = write_safetensors(tmp_path / "w", {"a\x1b[31m\n\u202eb": np.zeros((2, 2), np.float32)})
    path.write_bytes(path.read_bytes().replace(b"F32", b"F8!"))
    with pytest.raises(ModelError) as caught:
        open_weights(path)
    assert r"a\u001b[31m\u000a\u202eb" in str(caught.value)
    assert str(caught.value).isprintable()


# ---------------------------------------------------------------- torch.save


def pickled(path: Path, data: bytes, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("archive/data.pkl", data)
    return path


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x80\x02K\x01r\xff\xff\xff\x1f.", "holds no tensors"),  # 4 GB for an empty memo
        (b"\x80\x02K\x01q\x01" + b"h\x01h\x01\x86q\x01" * 60 + b"}h\x01K\x01s.", "a dictionary has a tuple as key"),  # hashed for years
        (b"\x80\x02ctorch\nSize\nq\x01]q\x02(" + b"K\x01" * 20_000 + b"e" + b"h\x01h\x02\x85R" * 20_000 + b".", "a tuple is too long"),
        (b"\x80\x02}X\x01\x00\x00\x00aI" + b"9" * 6000 + b"\ns.", "no file of tensors needs the operation"),  # str() of it raises
        (b"\x80\x02X\xff\xff\xff\x7fabc.", "cut short"),
        (b"\x80\x02" + b"]" * 50_000 + b"a" * 49_999 + b".", "holds no tensors"),
        (b"\x80\x02(.", "holds no tensors"),
        (b"\x80\x02.", "cannot be read"),
        (b"\x80\x02}(K\x01u.", "cannot be read"),
        (b"\x80\x02K\x01)R.", "not a function"),
        (b"", "cut short"),
    ],
)
def test_a_pickle_that_asks_for_much(data: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=said):
        read_torch(pickled(tmp_path / "m.pt", data))


def test_a_pickle_that_unpacks_to_a_thousand_times_its_size(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"at most [0-9,]+ are read"):
        read_torch(pickled(tmp_path / "m.pt", bytes(5_000_000), zipfile.ZIP_DEFLATED))


def test_a_storage_that_unpacks_to_a_thousand_times_its_size(tmp_path: Path) -> None:
    path = write_torch(tmp_path / "m.pt", {"a": TorchTensor(np.zeros(2_000_000))}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(ModelError, match=r"would unpack to 8,000,000 bytes"):
        read_torch(path)


@pytest.mark.parametrize(("shape", "strides"), [((1 << 40,), (0,)), ((0, 1 << 62), (1, 1)), ((-1, 4), (4, 1)), ((4,), (1, 1))])
def test_a_tensor_of_more_numbers_than_its_storage(shape: tuple[int, ...], strides: tuple[int, ...], tmp_path: Path) -> None:
    path = write_torch(tmp_path / "m.pt", {"a": TorchTensor(np.zeros(12), strides=strides, shape=shape)})
    with pytest.raises(ModelError, match="its pickle cannot be read"):
        read_torch(path)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_plain_values_of_every_protocol_are_read(protocol: int, tmp_path: Path) -> None:
    shared = ["x", (1, 2)]
    content = {"a": shared, "b": shared, "e": 1 << 70, "f": -2.5, "h": None, 1: True, "é" * 300: (1, 2, 3, 4)}
    if protocol > 3:  # before, sets and bytes are made by calling something
        content |= {"c": {3, 4}, "d": frozenset((5,)), "g": b"y"}
    with pytest.raises(ModelError, match="holds no tensors"):
        read_torch(pickled(tmp_path / "m.pt", pickle.dumps(content, protocol)))


# ---------------------------------------------------------------- bundles, archives, records


def bundle(folder: Path, name: str, change: dict[str, object]) -> Path:
    folder.mkdir()
    for path in (GOLDENS / "vocos_q4_bundle").iterdir():
        if path.suffix in (".json", ".bin"):
            (folder / path.name).write_bytes(path.read_bytes())
    content = json.loads((folder / name).read_text("utf-8"))
    (folder / name).write_text(json.dumps({**content, **change}), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("manifest.json", {"files": {"q4_chunks": 3, "q4_index": "tensor_q4_index.json"}}),
        ("manifest.json", {"files": {"q4": "a\0b", "q4_index": "tensor_q4_index.json"}}),
        ("manifest.json", {"files": {"q4": "\ud800", "q4_index": "tensor_q4_index.json"}}),
        ("manifest.json", {"format": ["x"]}),
        ("tensor_q4_index.json", {"x": {"dtype": [], "shape": [2, 2], "offset": 0, "nbytes": 2, "scale_offset": 0, "scale_nbytes": 4}}),
        (
            "tensor_q4_index.json",
            {"x": {"dtype": "x", "shape": [float("inf")], "offset": 0, "nbytes": 2, "scale_offset": 0, "scale_nbytes": 4}},
        ),
        ("tensor_fp16_index.json", {"x": {"dtype": {}, "shape": [2, 2], "offset": 0, "nbytes": 8}}),
        ("tensor_fp16_index.json", {"x": {"dtype": "float16", "shape": [0, 10**20], "offset": 0, "nbytes": 0}}),
    ],
)
def test_a_bundle_of_impossible_values(name: str, change: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        read_bundle(bundle(tmp_path / "b", name, change))


def test_a_bundle_whose_architecture_is_no_table_is_read_without(tmp_path: Path) -> None:
    assert "backbone.norm.weight" in read_bundle(bundle(tmp_path / "b", "manifest.json", {"architecture": [1]})).names()


def test_a_manifest_nested_deeply(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"a":' * 100_000)
    with pytest.raises(ModelError, match=r"manifest\.json: nested too deeply"):
        read_bundle(tmp_path)
    (tmp_path / "model.json").write_text('{"a":' * 100_000)
    with pytest.raises(ModelError, match=r"model\.json: damaged"):
        read_record(tmp_path, model_families())


def test_a_config_nested_deeply_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes((GOLDENS / "mlx_fork_v0" / "model.safetensors").read_bytes())
    (tmp_path / "config.json").write_text('{"a":' * 100_000)
    assert find_parts(tmp_path).architecture is None


@pytest.mark.parametrize("line", [b"\xff" * 64 + b"  x", b"0" * 64 + b"  " + b"n" * 5000, b"0" * 64 + b"  a\0b"])
def test_checksums_of_names_that_cannot_be(line: bytes, tmp_path: Path) -> None:
    (tmp_path / "checksums.sha256").write_bytes(line + b"\n")
    with pytest.raises(ModelError):
        verify_checksums(tmp_path)


def archive_with(path: Path, size: bytes) -> Path:
    """A tar whose one member says ``size`` in its header."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"word"))
    header = bytearray(buffer.getvalue())
    header[124:136] = size
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header[:512])
    path.write_bytes(header)
    return path


@pytest.mark.parametrize("size", [b"\xff" * 12, b"\x80" + b"\x7f" * 11, b"\x80\0\0\0" + b"\x7f" * 8, b"-0000000004\0"])
def test_an_archive_with_a_member_of_impossible_size(size: bytes, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"x\.tar"):
        unpack_archive(archive_with(tmp_path / "x.tar", size), tmp_path / "out")


@pytest.mark.parametrize("headers", [{"size": "nan"}, {"size": "-1"}, {"mtime": "x"}, {"GNU.sparse.map": "x", "GNU.sparse.size": "1"}])
def test_an_archive_with_headers_that_are_no_numbers(headers: dict[str, str], tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a.txt")
        info.pax_headers = headers
        archive.addfile(info)
    try:
        unpack_archive(tmp_path / "x.tar", tmp_path / "out")
    except ModelError as error:
        assert "x.tar" in str(error)


# ---------------------------------------------------------------- scripts and settings


def checked(tmp_path: Path, text: str, name: str = "script.md") -> Problems:
    (tmp_path / name).write_text(text, "utf-8")
    problems = Problems()
    load_script(tmp_path / name, problems)
    return problems


@pytest.mark.parametrize(
    "front",
    [
        '{"a":' * 400 + "1" + "}" * 400,
        '{"a": ' + "[" * 400 + "]" * 400 + "}",
        '{"a":' * 20_000,
        "+++\na = " + "[" * 400 + "]" * 400 + "\n+++",
        "+++\na = " + "[" * 20_000 + "\n+++",
        "+++\na = " + "{b = " * 400 + "1" + "}" * 400 + "\n+++",
        "+++\n" + "a." * 300 + "a = 1\n+++",
    ],
)
def test_front_matter_nested_deeply(front: str, tmp_path: Path) -> None:
    assert [(problem.code, problem.source.line) for problem in checked(tmp_path, f"{front}\nHello there.\n").errors] == [
        ("nested-too-deep", 1)
    ]


@pytest.mark.parametrize("half", ["\\ud800", "\\uDFFF.png", "a\\\\\\ud83dx", "\\ude00\\ud83d"])
def test_half_a_character_in_json(half: str, tmp_path: Path) -> None:
    problems = checked(tmp_path, f'{{"title": "a",\n "cast": {{"Ann": "ada"}}, "cover": "{half}"}}\n\nAnn: Hello there.\n')
    assert (problems.errors[0].code, problems.errors[0].source.line) == ("front-matter", 2)
    assert "is half a character" in problems.errors[0].message


@pytest.mark.parametrize("whole", ["\\ud83d\\ude00", "\\\\ud800", "\\u00e9"])
def test_whole_characters_in_json(whole: str, tmp_path: Path) -> None:
    assert checked(tmp_path, f'{{"title": "{whole}"}}\n\nHello there.\n').errors == ()


def test_keys_of_json_and_toml_are_found_where_they_stand(tmp_path: Path) -> None:
    json_front = '{"title": "say \\"cast\\": x",\n "c\\u0061st": {"Ann": "ada"},\n  "titel": 1}\n'
    assert [
        (str(problem.source).rpartition("script.md:")[2], problem.code)
        for problem in checked(tmp_path, f"{json_front}\nAnn: Hello there.\n").errors
    ] == [("3:3", "unknown-key")]
    toml_front = '+++\ntitle = """\ntitel = 1\n"""\n# titel = 2\n[cast]\nAnn = "ada" # x\n[gaps]\n"sc\\u0065ne" = \'much\'\n+++\n'
    assert [
        (str(problem.source).rpartition("script.md:")[2], problem.code)
        for problem in checked(tmp_path, f"{toml_front}\nAnn: Hello there.\n").errors
    ] == [("9:16", "bad-value")]


def test_of_thousands_of_names_the_first_are_listed(tmp_path: Path) -> None:
    cast = "".join(f"  Town{number}: ada\n" for number in range(100))
    problems = checked(tmp_path, f"---\ncast:\n{cast}---\n\n" + "".join(f"**Towm{number}:** Hello there.\n\n" for number in range(100)))
    found = [problem.message for problem in problems.errors]
    assert len(found) == 100
    names = ", ".join(f"Town{n}" for n in range(40))
    assert found[0] == (
        f'unknown speaker "Towm0"; did you mean "Town0"? The cast is {names} and 60 more. To keep it as text, write **Towm0\\:**'
    )
    assert "did you mean" not in found[-1]


@pytest.mark.parametrize("between", ["\n\n", "\n\n    "])
def test_footnotes_that_call_one_another(between: str, tmp_path: Path) -> None:
    notes = between.join(f"[^{number}]: Word[^{number + 1}]." for number in range(1000))
    found = checked(tmp_path, f"---\nread: {{footnotes: inline}}\n---\nOne[^0] two.\n\n{notes}\n").found
    assert {problem.code for problem in found} <= {"footnote", "unknown-footnote"}
    assert "more than 20 within each other" in found[0].message


@pytest.mark.parametrize("choice", ["skip", "inline"])
def test_footnotes_nested_deeply(choice: str, tmp_path: Path) -> None:
    text = f"---\nread: {{footnotes: {choice}}}\n---\nOne two.\n\n{'[^1]: ' * 150}lost\n"
    assert "nested-too-deep" in [problem.code for problem in checked(tmp_path, text).errors]


def test_a_message_is_one_line_of_bounded_length(tmp_path: Path) -> None:
    problems = Problems()
    problems.error(Source("x"), "y", "one\r\n\ttwo \x1b[31m\u202e three\x85")
    problems.add(Source("x"), Severity.WARNING, "y", "a" * 100_000)
    assert problems.found[0].message == "one two \\u001b[31m\\u202e three "
    assert len(problems.found[1].message) < 2_100
    assert "two lines" in checked(tmp_path, "author: |\n  two\n  lines\nsegments: [Hello there.]\n", "s.yaml").errors[0].message


def test_a_home_that_is_not_there_is_a_folder_like_any(tmp_path: Path) -> None:
    (tmp_path / "voiceover.yaml").write_text("assets: [~nobody-of-this-name]\n")
    (tmp_path / "script.md").write_text("Hello there.\n")
    assert check_script(tmp_path / "script.md").errors == ()


def test_numbers_of_folders_and_styles_are_bounded(tmp_path: Path) -> None:
    names = ", ".join(f"f{number}" for number in range(31))
    assert "30 folders, not 31" in checked(tmp_path, f"---\ncast: {{Ann: ada}}\nassets: [{names}]\n---\n\nHello there.\n").errors[0].message
    voice = tmp_path / "voices" / "x"
    voice.mkdir(parents=True)
    (voice / "voice.yaml").write_text("licence: CC0-1.0\nstyles:\n" + "".join(f"  s{number}: {{}}\n" for number in range(101)))
    with pytest.raises(SettingsError, match="100 styles, not 101"):
        load_voice("x", [tmp_path / "voices"], from_engines())


def test_entries_of_a_lexicon_that_begin_alike() -> None:
    """All were compared with every place where the first word stands: a minute for a text of 100 kB."""
    lexicon = Lexicon({**{f"a b{number}": f"x{number}" for number in range(3000)}, "A b7": "case", "a": "one", "a" + " a" * 20: "long"})
    said = " ".join(str(found.say) for _, _, found in lexicon.find("a b2999 a b7, A b7 A c A b8 " + "a c " * 3000))
    assert said == "x2999 x7 case one x8" + " one" * 3000


def test_a_length_of_time_of_thousands_of_digits() -> None:
    with pytest.raises(InputError, match="5000 characters is too long for a length of time"):
        parse_span("9" * 5000)


def test_a_recording_that_promises_more_than_memory_holds(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    soundfile.write(path, np.zeros(4096, np.float32) + 0.1, 24_000)
    data = bytearray(path.read_bytes())
    data[21:26] = bytes((data[21] | 0x0F, 0xFF, 0xFF, 0xFF, 0xFF))  # STREAMINFO: 2**36 - 1 samples
    path.write_bytes(data)
    assert soundfile.info(path).frames > 1 << 35
    try:
        assert len(read_audio(path).samples) <= 4096
    except InputError as error:
        assert "x.flac" in str(error)


def test_a_number_of_toml_that_python_does_not_read(tmp_path: Path) -> None:
    problems = checked(tmp_path, f'+++\ntitle = "x"\nsizes = [1, {"9_" * 4300}9]\n+++\n\nHello there.\n')
    (problem,) = problems.errors
    assert str(problem).endswith(":3:13: this number is too long; no more than 4300 digits are read")


def test_a_sound_whose_name_is_too_long_for_the_file_system(tmp_path: Path) -> None:
    front = f"---\ncast: {{Ann: ada}}\nsounds: {{door: {'d' * 300}.wav}}\n---\n\n"
    problems = checked(tmp_path, f"{front}[sound: door]\n\nAnn: Hello there.\n")
    assert [(problem.code, problem.source.line) for problem in problems.errors] == [("missing-file", 6)]


def test_an_address_that_ends_in_a_million_brackets(tmp_path: Path) -> None:
    closers = ")" * 1_000_000
    path = tmp_path / "x.md"
    path.write_text(f"See https://a.example/(b){closers} there.", "utf-8")
    script = load_script(path, Problems())
    assert script is not None
    assert [span.text for span in script.segments[0].spans] == ["See ", "https://a.example/(b)", f"{closers} there."]
    pieces = list(spell_span(Span(f"See https://a.example/(b){closers} there."), "en", Lexicon({})))
    assert [piece.spoken for piece in pieces] == ["See ", "a dot example", f"{closers} there."]
