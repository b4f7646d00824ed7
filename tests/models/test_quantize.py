"""Quantization: the numbers that MLX and the distilled model's exporter would have made, and the sizes that people count on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.models import tiny
from tests.models.stores import QuantizeOptions, import_full, import_model, open_model, quantize_model, user_says
from voiceover.cli.models import models
from voiceover.engines.f5.weights import quantizing
from voiceover.engines.f5.weights.affine import quantize_affine, quantize_rows
from voiceover.engines.f5.weights.files import open_weights
from voiceover.engines.f5.weights.quantizing import plan_quantize
from voiceover.errors import ModelError
from voiceover.tensors.int4 import dequantize_rows
from voiceover.tensors.safetensors_file import read_safetensors
from voiceover.tensors.stored import StoredTensor, StoredWeights


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    import_model(tiny.vocoder_repository(tmp_path / "vocos"), user_says("vocos-mel-24khz"), folder)
    mlx = tiny.f5_tts_mlx(tmp_path / "mlx")
    import_model(mlx / "model_v1.safetensors", user_says("full", "v1", licence="CC-BY-NC-4.0", languages=frozenset(("en",))), folder)
    return folder


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("group", [32, 64, 128])
def test_affine_groups_are_those_of_mlx(bits: int, group: int) -> None:
    mx = pytest.importorskip("mlx.core")
    matrix = np.random.default_rng(1).normal(size=(24, 384)).astype(np.float32)
    matrix[0] = 0
    matrix[1] = 2.5
    matrix[2, :200] = np.abs(matrix[2, :200])
    ours = quantize_affine(matrix, bits, group)
    packed, scales, biases = mx.quantize(mx.array(matrix), group_size=group, bits=bits)
    np.testing.assert_array_equal(ours.packed, np.array(packed))
    np.testing.assert_allclose(ours.scales, np.array(scales), rtol=1e-6)
    np.testing.assert_allclose(ours.biases, np.array(biases), rtol=1e-6, atol=1e-7)


@pytest.mark.goldens
@pytest.mark.parametrize("bits", [4, 8])
def test_a_quantized_model_is_the_published_one(bits: int, data: Path) -> None:
    """``model_v1_4b`` and ``_8b`` as ``nn.quantize`` made them of the same weights."""
    made, _ = quantize_model("full", QuantizeOptions(bits), data)
    assert made.record.name == f"full-{bits}bit"
    ours = open_weights(data / "models" / f"full-{bits}bit" / made.record.parts["dit"])
    theirs = open_weights(tiny.GOLDENS / "mlx" / f"model_v1_{bits}b.safetensors")
    assert set(ours.names()) == set(theirs.names())
    for name in theirs.names():
        expected, actual = theirs.quantized(name), ours.quantized(name)
        assert (expected is None) == (actual is None), name
        if expected is None or actual is None:
            np.testing.assert_array_equal(ours.tensor(name), theirs.tensor(name))
        else:
            assert (actual.bits, actual.group_size) == (expected.bits, expected.group_size)
            np.testing.assert_array_equal(actual.packed, expected.packed)
            np.testing.assert_allclose(actual.scales, expected.scales, rtol=1e-6)


@pytest.mark.goldens
def test_the_rowwise_bundle_is_the_exporters(data: Path, tmp_path: Path) -> None:
    import_model(tiny.swivid(tmp_path / "v0", "v0"), user_says("v0", "v0"), data)
    made, lines = quantize_model("v0", QuantizeOptions(rowwise=True), data)
    folder = data / "models" / made.record.name / "dit"
    golden = tiny.GOLDENS / "q4_bundle"
    ours, theirs = (open_weights(at, verify=at == golden) for at in (folder, golden))
    assert set(ours.names()) == set(theirs.names())
    for name in theirs.names():
        np.testing.assert_array_equal(ours.tensor(name), theirs.tensor(name), name)
    q4, dense = (folder / name for name in ("tensors.q4.bin", "tensors.fp16.bin"))
    assert (q4.stat().st_size, dense.stat().st_size) == tuple((golden / path.name).stat().st_size for path in (q4, dense))
    mine, their = (json.loads((at / "manifest.json").read_text()) for at in (folder, golden))
    for part in ("format", "architecture", "quantization", "files"):
        assert mine[part] == their[part]
    assert sum(line.after for line in lines) == q4.stat().st_size + dense.stat().st_size


def test_rows_are_rounded_before_their_scale_is() -> None:
    tensor = np.array([[7, -7, 3.4, 0.6], [0, 0, 0, 0]], np.float32).reshape(2, 2, 2) * np.float32(0.1001)
    packed, scales = quantize_rows(tensor)
    assert packed.tolist() == [0x97, 0x13, 0, 0]
    assert scales[0] == np.float16(0.1001)
    np.testing.assert_allclose(dequantize_rows(packed, scales, tensor.shape)[0, 0], [0.7007, -0.7007], rtol=1e-3)


@pytest.mark.parametrize("group", [32, 64, 128])
def test_only_linear_layers_whose_width_divides(group: int, data: Path) -> None:
    made, lines = quantize_model("full", QuantizeOptions(4, group), data)
    network = open_model(data, made.record.name).dit
    quantized = {name for name in network.names() if network.quantized(name) is not None}
    full = open_model(data, "full").dit
    linear = {name for name in full.names() if len(full.shape(name)) == 2 and not name.endswith("text_embed.text_embed.weight")}
    assert quantized == {name for name in linear if full.shape(name)[1] % group == 0}
    assert "transformer.input_embed.proj.weight" not in quantized
    assert "transformer.text_embed.text_embed.weight" not in quantized
    assert not any("dwconv" in name or "conv1d" in name for name in quantized)
    for name in set(full.names()) - quantized:
        np.testing.assert_array_equal(network.tensor(name), full.tensor(name))
    assert lines[0].tensors == len(quantized)


def test_vocoder_and_duration_model_are_left_alone(data: Path) -> None:
    made, lines = quantize_model("full", QuantizeOptions(), data)
    before, after = open_model(data, "full"), open_model(data, made.record.name)
    assert after.duration is not None
    assert before.duration is not None
    for name in before.duration.names():
        assert after.duration.quantized(name) is None
        np.testing.assert_array_equal(after.duration.tensor(name), before.duration.tensor(name))
    assert made.record.vocoder == "vocos-mel-24khz"
    left = [line for line in lines if line.what.startswith("duration")]
    assert (
        [line.before for line in left]
        == [line.after for line in left]
        == [(tiny.GOLDENS / "mlx" / "duration_v2.safetensors").stat().st_size]
    )
    assert (made.record.architecture, made.record.licence, made.record.languages) == ("v1", "CC-BY-NC-4.0", {"en"})


def test_the_file_is_one_that_others_read(data: Path) -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    made, _ = quantize_model("full", QuantizeOptions(8, 32), data)
    path = data / "models" / made.record.name / made.record.parts["dit"]
    theirs, ours = safetensors.load_file(path), read_safetensors(path)
    assert set(theirs) == set(ours.names())
    for name, array in theirs.items():
        np.testing.assert_array_equal(ours.tensor(name), array)


def test_a_quantized_model_is_not_quantized_again(data: Path) -> None:
    made, _ = quantize_model("full", QuantizeOptions(), data)
    with pytest.raises(ModelError, match=r"quantized already; quantize from the model in full precision"):
        quantize_model(made.record.name, QuantizeOptions(8), data)
    with pytest.raises(ModelError, match=r"is a vocoder"):
        quantize_model("vocos-mel-24khz", QuantizeOptions(), data)


@pytest.mark.parametrize(
    ("name", "said"),
    [("a b", '"a b" cannot be the name'), ("vocos-mel-24khz", "there is a model vocos-mel-24khz already; give another --name")],
)
def test_the_new_name_is_looked_at_first(name: str, said: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantizing, "write_quantized", lambda *_: pytest.fail("it was quantized"))
    with pytest.raises(ModelError, match=said) as caught:
        quantize_model("full", QuantizeOptions(), data, new_name=name)
    assert "--replace" not in str(caught.value)  # the command has none


def test_nothing_is_imported_for_what_cannot_be_quantized(data: Path, tmp_path: Path) -> None:
    before = sorted((data / "models").iterdir())
    mine, fork = tiny.swivid(tmp_path / "mine", "v1"), tiny.quantized_fork(tmp_path / "fork", 4)
    for path, name, said in (
        (mine, "a b", '"a b" cannot be the name'),
        (mine, "full", "there is a model full already"),
        (mine, "Mine", "will be the name of the model in full precision"),
        (fork, None, "quantized already"),
        (tmp_path / "vocos", None, "holds no F5-TTS network"),
        (tmp_path / "mine" / "vocab.txt", None, "an unknown layout"),
    ):
        with pytest.raises(ModelError, match=said):
            import_full(path, QuantizeOptions(), data, architecture="v1", new_name=name)
    assert sorted((data / "models").iterdir()) == before
    assert import_full(mine, QuantizeOptions(), data, architecture="v1", new_name="small").name == "mine"
    with pytest.raises(ModelError, match="there is a model mine already; to quantize that one: voiceover models quantize mine"):
        import_full(mine, QuantizeOptions(), data, architecture="v1", new_name="small")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("full", "--rowwise", "--bits", "4"), "leave --bits and --group out"),
        (("full", "--rowwise", "--group", "64"), "leave --bits and --group out"),
        (("FULL", "--arch", "v1"), "leave --arch out"),
    ],
)
def test_options_that_would_be_ignored(arguments: tuple[str, ...], said: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEOVER_DATA", str(data))
    done = CliRunner().invoke(models, ["quantize", *arguments])
    assert (done.exit_code, said in done.output) == (2, True)


# ---------------------------------------------------------------- F5TTS_v1_Base


def base() -> StoredWeights:
    """The shapes of F5TTS_v1_Base; nothing is read of it."""
    shapes: dict[str, tuple[int, ...]] = {
        "transformer.rotary_embed.inv_freq": (32,),
        "transformer.text_embed.text_embed.weight": (2546, 512),
        **linear("transformer.input_embed.proj", 1024, 712),
        **linear("transformer.time_embed.time_mlp.layers.0", 1024, 256),
        **linear("transformer.time_embed.time_mlp.layers.2", 1024, 1024),
        **linear("transformer.norm_out.linear", 2048, 1024),
        **linear("transformer.proj_out", 100, 1024),
    }
    for number in (0, 2):
        stem = f"transformer.input_embed.conv_pos_embed.conv1d.layers.{number}"
        shapes |= {f"{stem}.weight": (1024, 31, 64), f"{stem}.bias": (1024,)}
    for number in range(4):
        stem = f"transformer.text_embed.text_blocks.layers.{number}"
        shapes |= {f"{stem}.dwconv.weight": (512, 7, 1), f"{stem}.dwconv.bias": (512,)}
        shapes |= {f"{stem}.norm.weight": (512,), f"{stem}.norm.bias": (512,)}
        shapes |= {f"{stem}.grn.gamma": (1, 1, 1024), f"{stem}.grn.beta": (1, 1, 1024)}
        shapes |= {**linear(f"{stem}.pwconv1", 1024, 512), **linear(f"{stem}.pwconv2", 512, 1024)}
    for number in range(22):
        stem = f"transformer.transformer_blocks.{number}"
        for part in ("to_q", "to_k", "to_v", "to_out.layers.0"):
            shapes |= linear(f"{stem}.attn.{part}", 1024, 1024)
        shapes |= {**linear(f"{stem}.ff.ff.layers.0.layers.0", 2048, 1024), **linear(f"{stem}.ff.ff.layers.2", 1024, 2048)}
        shapes |= linear(f"{stem}.attn_norm.linear", 6144, 1024)
    return StoredWeights("base", {name: StoredTensor(shape, lambda: np.empty(0)) for name, shape in shapes.items()})


def linear(stem: str, rows: int, columns: int) -> Mapping[str, tuple[int, ...]]:
    return {f"{stem}.weight": (rows, columns), f"{stem}.bias": (rows,)}


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (QuantizeOptions(4, 64), 232_389_648),
        (QuantizeOptions(8, 64), 397_722_640),
        (QuantizeOptions(rowwise=True), 171_601_360),
    ],
)
def test_the_sizes_of_base(how: QuantizeOptions, expected: int) -> None:
    """In full precision 1,348,387,344 bytes; at 4 bits what people know as "223 MB" (221.6 MiB)."""
    lines = plan_quantize(base(), how)
    assert sum(line.before for line in lines) == 1_348_387_344
    assert sum(line.after for line in lines) == expected
