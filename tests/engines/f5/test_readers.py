"""Files of weights: every layout gives the same tensors, and what is damaged or hostile is refused by name."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from tests.engines.f5.reference_outputs import COMMITTED
from tests.engines.f5.weight_files import TorchTensor, write_pickle, write_safetensors, write_torch
from voiceover.engines.f5.weights.files import open_weights, read_bundle
from voiceover.engines.f5.weights.layout import NetworkKind, Quantization, canonical_name, network_of, sanitize
from voiceover.errors import ModelError
from voiceover.tensors.int4 import as_groups, dequantize_rows
from voiceover.tensors.named import Quantized
from voiceover.tensors.safetensors_file import read_safetensors
from voiceover.tensors.torch_file import read_torch

MATRIX = np.arange(12, dtype=np.float32).reshape(3, 4)


# ---------------------------------------------------------------- safetensors


def test_safetensors_are_mapped_not_read(tmp_path: Path) -> None:
    path = write_safetensors(
        tmp_path / "w", {"a": MATRIX, "b": MATRIX.astype(np.float16), "none": np.empty((0, 3), np.float32)}, {"k": "v"}
    )
    found = read_safetensors(path)
    assert (found.names(), found.metadata) == (("a", "b", "none"), {"k": "v"})
    assert found.tensor("b").dtype == np.float16
    assert found.tensor("none").shape == (0, 3)
    view = found.tensor("a")
    np.testing.assert_array_equal(view, MATRIX)
    assert not view.flags.owndata
    assert not view.flags.writeable


def test_bfloat16_comes_as_float32(tmp_path: Path) -> None:
    values = np.array([1.0, -2.5, 3.140625], np.float32)
    path = write_safetensors(tmp_path / "w", {"a": (values.view(np.uint32) >> 16).astype(np.uint16)})
    np.testing.assert_array_equal(read_safetensors(path).tensor("a"), values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: raw[:-8], "cut short: tensor a ends at byte"),
        (lambda raw: raw[:20], "not a safetensors file, or cut short"),
        (lambda raw: raw[:3], "not a safetensors file, or cut short"),
        (lambda raw: raw.replace(b'"F32"', b'"F8!"'), "tensor a is of type F8!; known are BOOL"),
        (lambda raw: raw.replace(b"[3, 4]", b"[3, 5]"), r"tensor a of shape \(3, 5\) and type F32 cannot fill"),
        (lambda raw: raw.replace(b'{"a"', b'{[a"'), "its header is not JSON"),
        (lambda raw: raw.replace(b'"shape"', b'"shade"'), "the header entry of tensor a is invalid"),
    ],
)
def test_a_damaged_safetensors_file_says_what_is_wrong(tmp_path: Path, change: object, said: str) -> None:
    path = write_safetensors(tmp_path / "w", {"a": MATRIX})
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ModelError, match=said):
        read_safetensors(path)


# ---------------------------------------------------------------- torch.save


def test_a_checkpoint_gives_its_ema_model_first(tmp_path: Path) -> None:
    content = {
        "model_state_dict": {"a": TorchTensor(MATRIX + 100)},
        "ema_model_state_dict": OrderedDict(a=TorchTensor(MATRIX), step=TorchTensor(np.ones(1))),
        "optimizer_state_dict": {"state": {0: {"exp_avg": TorchTensor(MATRIX)}}, "param_groups": [{"lr": 1e-4, "betas": (0.9, 0.95)}]},
        "update": 1_250_000,
    }
    found = read_torch(write_torch(tmp_path / "model.pt", content))
    assert found.names() == ("a", "step")
    assert found.metadata["state"] == "ema_model_state_dict"
    np.testing.assert_array_equal(found.tensor("a"), MATRIX)
    assert not found.tensor("a").flags.writeable


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_strides_are_kept(tmp_path: Path, compression: int) -> None:
    content = {"turned": TorchTensor(MATRIX, strides=(1, 4), shape=(4, 3))}
    found = read_torch(write_torch(tmp_path / "m", content, compression=compression))
    np.testing.assert_array_equal(found.tensor("turned"), MATRIX.T)


class Touches:
    """Runs a command when it is unpickled by anyone who lets it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return os.system, (f"touch {self.path}",)


class Evaluates:
    def __reduce__(self) -> object:
        return eval, ("1/0",)


def test_a_pickle_that_would_run_something_is_refused_by_name(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    path = write_pickle(tmp_path / "m.pt", {"a": Touches(trace)})
    with pytest.raises(ModelError, match=rf"refused: its pickle asks for {os.system.__module__}\.system"):
        read_torch(path)
    assert not trace.exists()
    pickle.loads(pickle.dumps(Touches(trace)))  # the attack is a real one
    assert trace.exists()
    with pytest.raises(ModelError, match=r"builtins\.eval|__builtin__\.eval"):
        read_torch(write_pickle(tmp_path / "n.pt", [Evaluates()]))


@pytest.mark.parametrize("name", ["torch.load", "torch._utils._rebuild_parameter_with_state", "collections.defaultdict", "numpy.dtype"])
def test_no_other_name_is_known(tmp_path: Path, name: str) -> None:
    module, _, attribute = name.rpartition(".")
    with zipfile.ZipFile(tmp_path / "m.pt", "w") as archive:
        archive.writestr("archive/data.pkl", f"c{module}\n{attribute}\n.".encode())
    with pytest.raises(ModelError, match=f"asks for {name},"):
        read_torch(tmp_path / "m.pt")


def test_damaged_torch_files(tmp_path: Path) -> None:
    path = write_torch(tmp_path / "m.pt", {"a": TorchTensor(MATRIX)})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="not a zip file, or cut short"):
        read_torch(path)
    (tmp_path / "old.pt").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ModelError, match=r"before torch 1\.6"):
        read_torch(tmp_path / "old.pt")
    with pytest.raises(ModelError, match="holds no tensors"):
        read_torch(write_torch(tmp_path / "e.pt", {"epoch": 3}))
    with pytest.raises(ModelError, match="reaches past its storage"):
        read_torch(write_torch(tmp_path / "p.pt", {"a": TorchTensor(MATRIX, shape=(3, 5), strides=(5, 1))}))


# ---------------------------------------------------------------- bundles


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return Path(shutil.copytree(COMMITTED / "q4_bundle", tmp_path / "bundle"))


def test_a_bundle_is_hashed_before_use(bundle: Path) -> None:
    read_bundle(bundle)
    blob = bundle / "tensors.q4.bin"
    raw = bytearray(blob.read_bytes())
    raw[1000] ^= 1
    blob.write_bytes(raw)
    with pytest.raises(ModelError, match=r"tensors\.q4\.bin has SHA-256"):
        read_bundle(bundle)
    (bundle / "tensors.fp16.bin").unlink()
    with pytest.raises(ModelError, match=r"tensors\.fp16\.bin is missing; tensors\.q4\.bin has"):
        read_bundle(bundle)


def test_a_bundle_cut_short(bundle: Path) -> None:
    blob = bundle / "tensors.q4.bin"
    blob.write_bytes(blob.read_bytes()[:-1])
    with pytest.raises(ModelError, match=r"cut short: tensor transformer\.transformer_blocks"):
        read_bundle(bundle, verify=False)


@pytest.mark.parametrize("name", ["../outside.bin", "/etc/passwd", "C:/x", "a\\b"])
def test_a_bundle_stays_in_its_folder(bundle: Path, name: str) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"]["q4"] = name
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="leads outside the folder"):
        read_bundle(bundle, verify=False)


def test_chunks_are_one_file(bundle: Path) -> None:
    whole = read_bundle(bundle)
    expected = {name: whole.tensor(name) for name in whole.names()}
    raw = (bundle / "tensors.q4.bin").read_bytes()
    (bundle / "part1").write_bytes(raw[:50_001])
    (bundle / "part2").write_bytes(raw[50_001:])
    manifest = json.loads((bundle / "manifest.json").read_text())
    del manifest["files"]["q4"]
    manifest["files"] |= {"q4_chunks": ["part1", {"path": "part2"}], "q4_nbytes": len(raw)}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    found = read_bundle(bundle, verify=False)
    for name, array in expected.items():
        np.testing.assert_array_equal(found.tensor(name), array)


def test_an_unknown_bundle(bundle: Path) -> None:
    (bundle / "manifest.json").write_text('{"format": "f5tts-q9"}')
    with pytest.raises(ModelError, match="the format is 'f5tts-q9'; known are f5tts-q4-bundle-v0"):
        read_bundle(bundle, verify=False)


def test_rows_of_odd_length_share_bytes() -> None:
    # 1 -2 3 | -4 5 -6, low nibble first
    packed = np.array([0xE1, 0xC3, 0xA5], np.uint8)
    found = dequantize_rows(packed, np.array([1, 0.5], np.float16), (2, 1, 3))
    np.testing.assert_array_equal(found, [[[1, -2, 3]], [[-2, 2.5, -3]]])


@pytest.mark.parametrize("group_size", [32, 64, 128])
def test_int4_rows_map_onto_groups_without_loss(group_size: int) -> None:
    rng = np.random.default_rng(3)
    packed, scales = rng.integers(0, 256, 5 * 128 // 2, dtype=np.uint8), rng.random(5).astype(np.float16)
    groups = as_groups(packed, scales, (5, 128), group_size)
    assert (groups.packed.shape, groups.scales.shape, groups.shape) == ((5, 16), (5, 128 // group_size), (5, 128))
    np.testing.assert_array_equal(groups.dequantized(), dequantize_rows(packed, scales, (5, 128)))


# ---------------------------------------------------------------- one layout


@pytest.mark.parametrize(
    ("raw", "ours"),
    [
        ("ema_model.transformer.time_embed.time_mlp.2.bias", "transformer.time_embed.time_mlp.layers.2.bias"),
        ("time_embed.time_mlp.2.bias", "transformer.time_embed.time_mlp.layers.2.bias"),
        ("transformer.transformer_blocks.11.attn.to_out.0.weight", "transformer.transformer_blocks.11.attn.to_out.layers.0.weight"),
        ("transformer_blocks.0.ff.ff.0.0.weight", "transformer.transformer_blocks.0.ff.ff.layers.0.layers.0.weight"),
        ("transformer.transformer_blocks.3.ff.ff.2.weight", "transformer.transformer_blocks.3.ff.ff.layers.2.weight"),
        ("transformer.text_embed.text_blocks.1.grn.beta", "transformer.text_embed.text_blocks.layers.1.grn.beta"),
        ("input_embed.conv_pos_embed.conv1d.2.weight", "transformer.input_embed.conv_pos_embed.conv1d.layers.2.weight"),
        ("to_pred.0.weight", "to_pred.layers.0.weight"),
        ("backbone.convnext.0.gamma", "backbone.convnext.0.gamma"),
        ("initted", None),
        ("ema_model.step", None),
        ("ema_model.mel_spec.mel_stft.mel_scale.fb", None),
        ("head.istft.window", None),
    ],
)
def test_names(raw: str, ours: str | None) -> None:
    assert canonical_name(raw) == ours
    if ours is not None:
        assert canonical_name(ours) == ours


def test_torch_and_mlx_files_of_one_model_are_alike() -> None:
    torch, mlx = open_weights(COMMITTED / "torch_v1/model.safetensors"), open_weights(COMMITTED / "mlx/model_v1.safetensors")
    assert set(torch.names()) == set(mlx.names())
    again = sanitize(torch)
    for name in torch.names():
        np.testing.assert_array_equal(torch.tensor(name), mlx.tensor(name))
        np.testing.assert_array_equal(again.tensor(name), mlx.tensor(name))
        assert torch.shape(name) == again.shape(name) == torch.tensor(name).shape


def test_a_file_is_told_by_its_content(tmp_path: Path) -> None:
    for file, network in (
        ("vocos/pytorch_model.bin", NetworkKind.VOCOS),
        ("mlx/duration_v2.safetensors", NetworkKind.DURATION),
        ("mlx/model_v1_8b.safetensors", NetworkKind.DIT),
    ):
        path = shutil.copy(COMMITTED / file, tmp_path / "model_4bit.weights")
        assert network_of(open_weights(Path(path))) is network
    eight = open_weights(tmp_path / "model_4bit.weights")
    bits = {matrix.bits for name in eight.names() if (matrix := eight.quantized(name))}
    assert bits == {8}
    (tmp_path / "x").write_bytes(b"GGUF and so on")
    with pytest.raises(ModelError, match="unknown layout: looked for a safetensors header, a zip"):
        open_weights(tmp_path / "x")
    other = sanitize(read_safetensors(write_safetensors(tmp_path / "y", {"lm_head.weight": MATRIX})))
    with pytest.raises(ModelError, match=r"unknown layout: none of backbone\.embed\.weight \(vocos\)"):
        network_of(other)
    with pytest.raises(ModelError, match="cannot be read"):
        open_weights(tmp_path / "absent")


def test_two_tensors_of_one_name(tmp_path: Path) -> None:
    path = write_safetensors(tmp_path / "w", {"ema_model.transformer.proj_out.bias": MATRIX, "proj_out.bias": MATRIX})
    with pytest.raises(ModelError, match=r"ema_model\.transformer\.proj_out\.bias and proj_out\.bias are the same tensor"):
        open_weights(path)


def quantized_file(path: Path, width: int, bits: int, group: int, rows: int = 8) -> Path:
    """A query matrix whose width its neighbour tells."""
    stem = "transformer.transformer_blocks.0.attn"
    tensors = {
        f"{stem}.to_q.weight": np.zeros((rows, width * bits // 32), np.uint32),
        f"{stem}.to_q.scales": np.ones((rows, width // group), np.float16),
        f"{stem}.to_q.biases": np.ones((rows, width // group), np.float16),
        f"{stem}.to_out.layers.0.bias": np.zeros(width, np.float32),
    }
    return write_safetensors(path, tensors)


@pytest.mark.parametrize(("bits", "group"), [(4, 64), (8, 32), (4, 128), (8, 64), (2, 64), (6, 128)])
def test_bits_and_group_size_come_from_shapes(tmp_path: Path, bits: int, group: int) -> None:
    name = "transformer.transformer_blocks.0.attn.to_q.weight"
    found = open_weights(quantized_file(tmp_path / "w", 256, bits, group))
    matrix = found.quantized(name)
    assert matrix is not None
    assert (matrix.bits, matrix.group_size, matrix.shape, found.shape(name)) == (bits, group, (8, 256), (8, 256))
    np.testing.assert_array_equal(found.tensor(name), np.ones((8, 256)))
    assert found.names() == (name, "transformer.transformer_blocks.0.attn.to_out.layers.0.bias")


def test_a_quantization_that_is_not_understood(tmp_path: Path) -> None:
    path = quantized_file(tmp_path / "w", 256, 4, 64)
    with pytest.raises(ModelError, match="not a matrix in groups of 48; say bits and group size"):
        open_weights(path, quantization=Quantization(4, 48))
    tensors = {"proj_out.weight": np.zeros((8, 8), np.uint32), "proj_out.scales": np.ones((8, 1), np.float32)}
    with pytest.raises(ModelError, match="has scales but no biases"):
        open_weights(write_safetensors(tmp_path / "mx", tensors))


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 8])
def test_dequantizing_is_mlx_own(bits: int) -> None:
    mx = pytest.importorskip("mlx.core")
    matrix = np.random.default_rng(bits).standard_normal((6, 128)).astype(np.float32)
    packed, scales, biases = mx.quantize(mx.array(matrix), group_size=64, bits=bits)
    ours = Quantized(np.array(packed), np.array(scales), np.array(biases), bits, 64)
    assert ours.shape == (6, 128)
    expected = np.array(mx.dequantize(packed, scales, biases, group_size=64, bits=bits))
    np.testing.assert_allclose(ours.dequantized(), expected, rtol=0, atol=2e-6)
