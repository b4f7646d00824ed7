"""Weights in every layout, bundles, archives, and folders to import; made from the reference weights cut down to what a header needs."""

from __future__ import annotations

import copy
import functools
import io
import json
import pickle
import random
import re
import struct
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.engines.f5.weight_files import TorchTensor, write_safetensors, write_torch
from tests.fuzz.case import LONGEST, Files, Kind, Link, check_error
from tests.fuzz.mutate import HOSTILE, mutated, stretched
from tests.fuzz.settings_inputs import clip
from tests.models.stores import import_model, open_model, user_says
from tests.models.tiny import GOLDENS
from voiceover.engines.f5.weights.archive import unpack_archive, vocab_in, vocoder_in, voice_in
from voiceover.engines.f5.weights.files import open_weights
from voiceover.engines.f5.weights.layout import network_of
from voiceover.engines.f5.weights.parts import find_parts
from voiceover.engines.f5.weights.preparing import describe_layout
from voiceover.engines.f5.weights.shapes import check_network
from voiceover.errors import VoiceoverError
from voiceover.models.record import read_record
from voiceover.pipeline.models import model_families
from voiceover.tensors.safetensors_file import read_safetensors
from voiceover.tensors.stored import StoredWeights

_SHAPE = re.compile(rb"\[[\d, ]*\]")
_SHAPES = (
    b'[]', b'[0]', b'[-1]', b'[1,1]', b'[4294967296,4294967296]', b'[0,99999999999999999999]', b'[' + b'1,' * 70 + b'1]', b'["3"]',
    b'[1.5]', b'[true]', b'[Infinity]', b'[NaN]', b'null', b'{}', b'"12"',
)  # fmt: skip
_JSON_PIECES = (
    b'{', b'}', b'[', b']', b',', b':', b'"', b'null', b'true', b'-1', b'1e999', b'NaN', b'Infinity', b'"\\ud800"', b'"shape"',
    b'"dtype"', b'"F32"', b'"\\u0000"', b'[[[[', b'{"a":',
)  # fmt: skip


def _json_mutated(rng: random.Random, text: bytes, longest: int) -> bytes:
    """A JSON document with another value here and there; now and then a hopeless one."""
    luck = rng.random()
    if luck < 0.01:
        return stretched(rng, _JSON_PIECES, longest)
    if luck < 0.4:
        return mutated(rng, text, _JSON_PIECES, 3)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return mutated(rng, text, _JSON_PIECES, 3)
    for _ in range(rng.randint(1, 3)):
        _spoil(rng, content)
    return json.dumps(content).encode()


_ODD: tuple[Any, ...] = (
    None, True, [], {}, "", "x", -1, 0, 1, 2, 3, 1 << 31, 1 << 63, 10 ** 30, 1.5, float('inf'), float('nan'), "\ud800", "\x00",
    "../outside/secret.bin", "/etc/passwd", "link.bin", "loop", ".", [[]], {'a': {}}, ['F32'], [0, 10 ** 20], [2 ** 40, 2 ** 40],
    'n' * 300,
)  # fmt: skip


def _spoil(rng: random.Random, content: Any) -> None:
    """One value somewhere becomes another."""
    here = content
    while True:
        if not isinstance(here, (dict, list)) or not here:
            return
        key: Any = rng.choice(list(here)) if isinstance(here, dict) else rng.randrange(len(here))
        inner = here[key]
        if isinstance(inner, (dict, list)) and inner and rng.random() < 0.8:
            here = inner
            continue
        luck = rng.random()
        if luck < 0.15:
            del here[key]
        elif luck < 0.3 and isinstance(here, dict):
            here[rng.choice(("x", "__metadata__", "\ud800", "", "\0", key + ".scales"))] = inner
        elif luck < 0.5 and isinstance(inner, int) and not isinstance(inner, bool):
            here[key] = inner + rng.choice((-1, 1, 8, -inner - 1, inner, 1 << 40))
        else:
            here[key] = copy.deepcopy(rng.choice(_ODD))
        return


def look(weights: StoredWeights) -> None:
    """All that is done with weights of a stranger: their layout, their network, every tensor."""
    network = network_of(weights)
    check_network(weights, network)
    with np.errstate(all="ignore"):
        describe_layout(weights)
        for name in weights.names():
            if weights.tensor(name).shape != weights.shape(name):
                raise AssertionError(f"{name} has another shape than it says")


def _look_at(path: Path, folder: Path) -> None:
    try:
        weights = open_weights(path)
    except VoiceoverError as error:
        check_error(error, folder)
        raise
    with np.errstate(all="ignore"):
        for name in weights.names()[:50]:
            weights.tensor(name)
    look(weights)


# ---------------------------------------------------------------- safetensors


@functools.cache
def small_tensors() -> dict[str, np.ndarray]:
    """The vocoder's tensors with few numbers in each, in shapes that still fit together."""
    found = read_safetensors(GOLDENS / "vocos" / "model.safetensors")
    tensors = {name: np.array(found.tensor(name)) for name in found.names()}
    sizes = {size: 2 + number for number, size in enumerate(sorted({n for array in tensors.values() for n in array.shape if n > 8}))}
    return {name: np.zeros(tuple(sizes.get(n, n) for n in array.shape), array.dtype) for name, array in tensors.items()}


@functools.cache
def _safetensors() -> tuple[bytes, ...]:
    with tempfile.TemporaryDirectory() as folder:
        few = {
            "a": np.arange(12, dtype=np.float32).reshape(3, 4),
            "b": np.zeros((2, 2), np.float16),
            "c": np.zeros(3, np.uint16),
            "e": np.empty((0, 3), np.float32),
        }
        quantized = {
            "m.weight": np.zeros((4, 8), np.uint32),
            "m.scales": np.ones((4, 1), np.float32),
            "m.biases": np.ones((4, 1), np.float32),
        }
        paths = [
            write_safetensors(Path(folder) / "a", few, {"format": "pt"}),
            write_safetensors(Path(folder) / "b", small_tensors()),
            write_safetensors(Path(folder) / "c", quantized, {"bits": "4", "group_size": "64"}),
            write_safetensors(Path(folder) / "d", {**quantized, **small_tensors()}),
        ]
        return tuple(path.read_bytes() for path in paths)


def _make_safetensors(rng: random.Random, longest: int) -> Files:
    data = rng.choice(_safetensors())
    length = int.from_bytes(data[:8], "little")
    luck = rng.random()
    if luck < 0.2:
        return {"w.safetensors": mutated(rng, data)}
    header, body = data[8 : 8 + length], data[8 + length :]
    if luck < 0.35:
        at = rng.randint(0, len(header))
        header = header[:at] + _SHAPE.sub(rng.choice(_SHAPES), header[at:], count=1)
    elif luck < 0.36:
        deep = min(longest, 10 ** rng.randint(2, 6))
        header = rng.choice((b"[", b'{"a":')) * deep
    elif luck < 0.37:
        entry = b'"t%d":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
        header = b"{" + b",".join(entry % number for number in range(min(longest, 10 ** rng.randint(3, 6)) // 60)) + b"}"
    else:
        header = _json_mutated(rng, header, longest)
    size = len(header) if rng.random() < 0.95 else rng.choice((0, 1, len(header) + 1, 1 << 40, (1 << 64) - 1))
    return {"w.safetensors": size.to_bytes(8, "little") + header + body}


def _run_safetensors(folder: Path) -> None:
    _look_at(folder / "w.safetensors", folder)


# ---------------------------------------------------------------- torch.save

_OPCODES = tuple(bytes((code,)) for code in (*b"().012FIJKLMNPQRSTUVXacbdeghijlopqrstu]}B", *range(0x80, 0x99)))
_PICKLE_PIECES = (
    *_OPCODES, b'cos\nsystem\n', b'cbuiltins\neval\n', b'ctorch\nSize\n', b'ctorch\nFloatStorage\n', b'ccollections\nOrderedDict\n',
    b'ctorch._utils\n_rebuild_tensor_v2\n', b'X\x04\x00\x00\x00aaaa', b'X\xff\xff\xff\x7f', b'\x8c\x01a', b'\x8d' + b'\xff' * 8,
    b'B\xff\xff\xff\x7f', b'\x8e\xff\xff\xff\xff\xff\x00\x00\x00', b'\x96' + b'\xff' * 7 + b'\x00', b'r\xff\xff\xff\x07',
    b'r\xff\xff\xff\xff', b'p99999999\n', b'j\xff\xff\xff\xff', b'h\x00', b'q\x00', b'g0\n', b'p0\n', b'I' + b'9' * 5000 + b'\n',
    b'\x8a\xff' + b'\xff' * 255, b'\x8b\xff\xff\xff\x7f', b'\x86q\x01', b'h\x01h\x01\x86q\x01', b'(h\x01h\x01t', b']q\x02h\x02a',
    b'}q\x03h\x03h\x03s', b'00', b'22', b'((((', b'\x95' + b'\xff' * 8, b'K\x01', b'J\xff\xff\xff\xff',
)  # fmt: skip


@functools.cache
def _checkpoints() -> tuple[tuple[bytes, bytes], ...]:
    """(pickle, storage bytes) of a few checkpoints."""
    matrix = np.arange(12, dtype=np.float32).reshape(3, 4)
    network = {name: TorchTensor(array) for name, array in small_tensors().items()}
    contents = (
        {"a": TorchTensor(matrix), "b": TorchTensor(matrix, strides=(1, 4), shape=(4, 3)), "step": 7},
        {
            "ema_model_state_dict": {"a": TorchTensor(matrix), "initted": TorchTensor(np.ones(1))},
            "optimizer_state_dict": {"state": {0: {"x": TorchTensor(matrix)}}},
        },
        network,
    )
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for content in contents:
            with zipfile.ZipFile(write_torch(Path(folder) / "m.pt", content)) as archive:
                found.append((archive.read("archive/data.pkl"), b"\0" * 64))
    return tuple(found)


@functools.cache
def _zips() -> tuple[bytes, ...]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            for content in (
                {"a": TorchTensor(np.arange(12.0)), "b": TorchTensor(np.ones((2, 2)))},
                {name: TorchTensor(array) for name, array in small_tensors().items()},
            ):
                found.append(write_torch(Path(folder) / "m.pt", content, compression=compression).read_bytes())
    return tuple(found)


def _bomb(rng: random.Random, longest: int) -> bytes:
    """A pickle of few bytes that asks for much."""
    count = min(longest, 10 ** rng.randint(2, 6)) // 8
    shapes = (
        b"\x80\x02" + rng.choice((b"r", b"p")) + rng.choice((b"\xff\xff\xff\x0f", b"99999999\n")) + b".",
        b"\x80\x02" + b"(" * count * 8 + b".",
        b"\x80\x02" + b"]" * count * 4 + b"a" * count * 4 + b".",
        b"\x80\x02K\x01q\x01" + b"h\x01h\x01\x86q\x01" * min(count, 200) + b"}h\x01K\x01s.",
        b"\x80\x02ctorch\nSize\nq\x01]q\x02(" + b"K\x01" * count + b"e" + b"h\x01h\x02\x85R" * count + b".",
        b"\x80\x02}(" + b"".join(b"X\x06\x00\x00\x00%06dK\x01" % number for number in range(count)) + b"u.",
        b"\x80\x02X\x01\0\0\0aL" + b"9" * (count * 8) + b"L\ns.",
        b"\x80\x02}X\x01\0\0\0aI" + b"9" * 6000 + b"\ns.",
        b"\x80\x02}X\x01\0\0\0a\x8b" + struct.pack("<i", count * 8) + b"\x7f" * (count * 8) + b"s.",
    )
    return rng.choice(shapes)


def _make_torch(rng: random.Random, longest: int) -> Files:
    luck = rng.random()
    if luck < 0.3:
        return {"m.pt": mutated(rng, rng.choice(_zips()))}
    pickled, storage = rng.choice(_checkpoints())
    if luck < 0.32:
        pickled = _bomb(rng, longest)
    elif luck < 0.33:
        pickled = pickled[:2] + stretched(rng, _PICKLE_PIECES, longest) + b"."
    elif luck < 0.9:
        pickled = mutated(rng, pickled, _PICKLE_PIECES, 3)
    else:
        pickled = pickle.dumps(
            rng.choice(({"a": 1}, [1], "x", None, {"state_dict": {1: (2, 3)}}, {("a", "b"): {3}}, {"a": b"x" * 300})),
            protocol=rng.randint(0, 5),
        )
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if rng.random() < 0.2 else zipfile.ZIP_STORED
    root = rng.choice(("archive/", "archive/", "", "a/b/", "../"))
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(root + "data.pkl", pickled)
        if rng.random() < 0.5:
            size = 20_000_000 if rng.random() < 0.02 and longest == LONGEST else 0
            archive.writestr(root + "byteorder", rng.choice((b"little", b"big", b"")) + bytes(size))
        for number in range(rng.randint(0, 3)):
            archive.writestr(f"{root}data/{number}", storage[: rng.choice((4, 16, 48, 64))])
    return {"m.pt": buffer.getvalue()}


def _run_torch(folder: Path) -> None:
    _look_at(folder / "m.pt", folder)


# ---------------------------------------------------------------- bundles


@functools.cache
def _bundle() -> dict[str, bytes]:
    folder = GOLDENS / "vocos_q4_bundle"
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "golden_outputs.safetensors"}


def _standing_bundle() -> Files:
    return {**_bundle(), "link.bin": Link("../outside/secret.bin"), "loop": Link("loop"), "sub/x.bin": b"1234"}


def _make_bundle(rng: random.Random, longest: int) -> Files:
    files: dict[str, bytes | Link] = {}
    for name in rng.sample(
        ("manifest.json", "tensor_q4_index.json", "tensor_fp16_index.json", "tensors.q4.bin", "checksums.sha256"), rng.choice((1, 1, 1, 2))
    ):
        if name == "checksums.sha256":
            rows = [
                rng.choice((b"0" * 64, b"g" * 64, b"", b"\xff" * 64))
                + rng.choice((b"  ", b" *", b""))
                + rng.choice((b"manifest.json", b"x", *HOSTILE))
                for _ in range(rng.randint(0, 3))
            ]
            files[name] = b"\n".join(rows)
        elif name.endswith(".bin"):
            files[name] = _bundle()[name][: rng.choice((0, 1, 1000, 36_739))]
        else:
            files[name] = _json_mutated(rng, _bundle()[name], longest)
    return files


def _run_bundle(folder: Path) -> None:
    _look_at(folder, folder)


# ---------------------------------------------------------------- archives


def _member(rng: random.Random) -> tuple[tarfile.TarInfo, bytes]:
    names = (
        "a.txt",
        "app/voice/peyton/sample.wav",
        "app/voice/peyton/sample.txt",
        "app/vocab.txt",
        "app/m/manifest.json",
        "voice/x.wav",
        "d/",
        ".",
        "",
        "a" * 300,
    )
    hostile = (
        "../x",
        "/etc/x",
        "a/../../x",
        "C:x",
        "a\\..\\x",
        "\ud800",
        "a\0b",
        "n/" * 200 + "x",
        "link/x",
        "a.txt/b",
        "A.TXT",
        "..",
        "./",
        "\x1b[31m",
    )
    info = tarfile.TarInfo(rng.choice(hostile if rng.random() < 0.25 else names))
    body = rng.choice((b"", b"words of the clip", b"a\nb\n", b"\xff\xfe", clip(), b'{"format": "vocos-mel-24khz-q4-bundle-v0"}', b"{"))
    info.size = len(body)
    if rng.random() < 0.15:
        info.type = rng.choice(
            (
                tarfile.SYMTYPE,
                tarfile.LNKTYPE,
                tarfile.CHRTYPE,
                tarfile.FIFOTYPE,
                tarfile.DIRTYPE,
                tarfile.CONTTYPE,
                tarfile.GNUTYPE_SPARSE,
                b"9",
                b"x",
                b"L",
            )
        )
        info.linkname = rng.choice(("../../outside", "/etc", "a.txt", ""))
    if rng.random() < 0.1:
        key = rng.choice(
            (
                "path",
                "size",
                "linkpath",
                "GNU.sparse.map",
                "GNU.sparse.size",
                "GNU.sparse.realsize",
                "GNU.sparse.major",
                "GNU.sparse.name",
                "mtime",
                "uid",
                "hdrcharset",
            )
        )
        info.pax_headers = {key: rng.choice(("../x", "-1", "99999999999", "1e9", "", "x", "0,1,2", "BINARY", "1", "nan"))}
    return info, body


def _make_archive(rng: random.Random, longest: int) -> Files:
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=rng.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)), errors="surrogatepass"
    ) as archive:
        for _ in range(rng.randint(0, 4)):
            info, body = _member(rng)
            try:
                archive.addfile(info, io.BytesIO(body))
            except (ValueError, UnicodeError):
                continue
    data = buffer.getvalue()[: 512 * 40]
    luck = rng.random()
    if luck < 0.3 and len(data) >= 512:  # a field of a header, with the checksum put right
        header = bytearray(data[:512])
        at = rng.choice((0, 100, 108, 116, 124, 124, 124, 136, 156, 157, 257, 265, 345, 386, 482))
        new = rng.choice(
            (
                b"\x80" + b"\0" * 10 + b"\x01",
                b"\xff" * 12,
                b"\x80" + b"\x7f" * 11,
                b"77777777777\0",
                b"-0000000001\0",
                b"S",
                b"../../x\0",
                b"\xff\xfe\0",
                b"99999999999\0",
            )
        )
        header[at : at + len(new)] = new
        header[148:156] = b"        "
        header[148:156] = b"%06o\0 " % sum(header[:512])
        data = bytes(header[:512]) + data[512:]
    elif luck < 0.6:
        data = mutated(rng, data)
    elif luck < 0.61:
        data = data[:512] * (min(longest, 10 ** rng.randint(3, 6)) // 512)
    return {"voice.tar": data}


def _run_archive(folder: Path) -> None:
    out = folder / "out"
    try:
        unpack_archive(folder / "voice.tar", out)
    except VoiceoverError as error:
        check_error(error, folder)
        raise
    vocab_in(out)
    vocoder_in(out)
    voice_in(out)


# ---------------------------------------------------------------- a folder to import


@functools.cache
def _mine() -> Files:
    """A folder as of f5-tts-mlx, dense and small."""
    found = read_safetensors(GOLDENS / "mlx_fork_v0" / "model.safetensors")
    with tempfile.TemporaryDirectory() as folder:
        path = write_safetensors(Path(folder) / "m", {name: np.array(found.tensor(name)) for name in found.names()})
        model = path.read_bytes()
    vocab = (GOLDENS / "torch_v0" / "vocab.txt").read_bytes()
    config = b"model:\n  arch:\n    text_mask_padding: False\n    pe_attn_head: 1\n"
    return {"mine/model.safetensors": model, "mine/vocab.txt": vocab, "mine/config.yaml": config, "mine/link.safetensors": Link("loop")}


@functools.cache
def _store() -> Files:
    """A data folder with a vocoder in it."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        import_model(GOLDENS / "vocos_fp16_bundle", user_says("vocos-mel-24khz"), data)
        return {f"data/{path.relative_to(data)}": path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file()}


def _standing_folder() -> Files:
    return {**_mine(), **_store()}


def _make_folder(rng: random.Random, longest: int) -> Files:
    files: dict[str, bytes | Link] = {"mine/take": b""} if rng.random() < 0.03 else {}
    for name in rng.sample(
        ("config.yaml", "config.json", "vocab.txt", "model.safetensors", "duration.safetensors", "model.json"), rng.choice((1, 1, 2))
    ):
        if name == "config.yaml":
            files["mine/config.yaml"] = mutated(
                rng, bytes(_mine()["mine/config.yaml"]), (b"model: ", b"arch: ", b"pe_attn_head: ", b"[", b"{")
            )  # type: ignore[arg-type]
        elif name == "config.json":
            deep = (
                b'{"model": ' * 100_000
                if rng.random() < 0.01 and longest == LONGEST
                else b'{"model": {"arch": {"pe_attn_head": 1, "text_mask_padding": false}}}'
            )
            files["mine/config.json"] = _json_mutated(rng, deep, longest)
        elif name == "vocab.txt":
            files["mine/vocab.txt"] = mutated(rng, bytes(_mine()["mine/vocab.txt"]))  # type: ignore[arg-type]
        elif name == "model.safetensors":
            data = bytes(_mine()["mine/model.safetensors"])  # type: ignore[arg-type]
            length = int.from_bytes(data[:8], "little")
            header = _json_mutated(rng, data[8 : 8 + length], longest)
            files["mine/model.safetensors"] = len(header).to_bytes(8, "little") + header + data[8 + length :]
        elif name == "duration.safetensors":
            files["mine/duration.safetensors"] = _make_safetensors(rng, longest)["w.safetensors"]
        else:
            record = "data/models/vocos-mel-24khz/model.json"
            files[record] = _json_mutated(rng, bytes(_store()[record]), longest)  # type: ignore[arg-type]
    return files


def _run_folder(folder: Path) -> None:
    data = folder / "data"
    try:
        read_record(data / "models" / "vocos-mel-24khz", model_families())
        parts = find_parts(folder / "mine")
        if parts.dit is not None:
            look(open_weights(parts.dit))
        if not (folder / "mine" / "take").exists():  # to copy a model takes as long as a hundred headers
            return
        import_model(folder / "mine", user_says("got", replace=True), data)
        look(open_model(data, "got").dit)  # type: ignore[arg-type]
    except VoiceoverError as error:
        check_error(error, folder)
        raise


KINDS = (
    Kind("safetensors", _make_safetensors, _run_safetensors),
    Kind("torch", _make_torch, _run_torch),
    Kind("bundle", _make_bundle, _run_bundle, _standing_bundle),
    Kind("archive", _make_archive, _run_archive),
    Kind("folder", _make_folder, _run_folder, _standing_folder),
)
