"""The back end on onnxruntime: its precisions, its files, its memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engines.f5 import reference_outputs
from tests.engines.f5.reference_outputs import COMMITTED
from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.choices import Architecture, Sampling
from voiceover.engines.f5.choose import golden_call
from voiceover.engines.f5.choose.golden_call import check_device
from voiceover.engines.f5.configs import DiTConfig
from voiceover.engines.f5.sampler import sample
from voiceover.engines.f5.weights.files import open_weights
from voiceover.engines.f5.weights.writing import write_quantized
from voiceover.errors import EngineError, ModelError
from voiceover.system import processor
from voiceover.tensors.named import Quantized
from voiceover.tensors.stored import StoredWeights
from voiceover.types import FloatArray

pytest.importorskip("onnxruntime")

from voiceover.engines.f5.onnx import LayerKind, ONNXBackend, load_backend
from voiceover.engines.f5.onnx.matrices import blocks, row_int8
from voiceover.engines.f5.onnx.modulation import modulation_of


def weights(file: str) -> StoredWeights:
    return reference_outputs.weights(str(COMMITTED / file))


def outputs(file: str) -> StoredWeights:
    return reference_outputs.outputs(str(COMMITTED / file))


def backend_of(folder: Path, precision: str = "fp32", file: str = "torch_v1/model.safetensors", **more: Any) -> ONNXBackend:
    architecture = Architecture("v0" if "v0" in file or "q4" in file else "v1")
    vocos, duration = weights("vocos/model.safetensors"), weights("mlx/duration_v2.safetensors")
    chosen: dict[str, Any] = {"digest": file, "threads": 1, **more}
    return load_backend(weights(file), vocos, duration, architecture=architecture, graph_folder=folder, precision=precision, **chosen)


def one_step(backend: ONNXBackend, frames: int | None = None) -> FloatArray:
    given = outputs("torch_v1/dit_inputs.safetensors")
    x, cond, text = (given.tensor(key)[:1] for key in ("x", "cond", "text"))
    return backend.velocity(x[:, :frames], 0, Prompt(cond[:, :frames], text, np.array([0.3], np.float32), True))


def error(found: FloatArray, expected: FloatArray) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("graphs")


@pytest.mark.parametrize(("precision", "least", "most"), [("int8", 1e-3, 3e-2), ("int8w", 1e-4, 1e-2), ("int4", 1e-2, 2e-1)])
def test_each_precision_is_as_near_as_its_bits(precision: str, least: float, most: float, graphs: Path) -> None:
    exact = one_step(backend_of(graphs))
    assert least < error(one_step(backend_of(graphs, precision)), exact) < most


@pytest.mark.parametrize("file", ["mlx/model_v1_4b.safetensors", "q4_bundle"])
def test_what_is_stored_in_four_bits_runs_in_them_exactly(file: str, graphs: Path) -> None:
    np.testing.assert_allclose(one_step(backend_of(graphs, "int4", file)), one_step(backend_of(graphs, "fp32", file)), rtol=0, atol=1e-4)


def test_int8_of_rowwise_int4_rounds_activations_alone(graphs: Path) -> None:
    matrix = row_int8(weights("q4_bundle"), "transformer.transformer_blocks.0.attn.to_q.weight", processor.HALF)
    dense = weights("q4_bundle").tensor("transformer.transformer_blocks.0.attn.to_q.weight")
    np.testing.assert_array_equal(matrix.values * matrix.scales[:, None], np.asarray(dense, np.float32))
    assert error(one_step(backend_of(graphs, "int8", "q4_bundle")), one_step(backend_of(graphs, "fp32", "q4_bundle"))) < 0.02


def test_kinds_that_stay_float32_are_nearer(graphs: Path) -> None:
    exact = one_step(backend_of(graphs))
    without = error(one_step(backend_of(graphs, "int8", exact=(LayerKind.FEED_FORWARD_IN, LayerKind.FEED_FORWARD_OUT))), exact)
    assert 0 < without < error(one_step(backend_of(graphs, "int8")), exact)
    assert error(one_step(backend_of(graphs, "int8", exact=tuple(LayerKind))), exact) < 1e-5


def test_the_largest_int8_weight_is_multiplied_exactly_here(graphs: Path) -> None:
    """The worst case of a processor that adds pairs of products in 16 bits: all signs alike, all values the largest."""
    from onnx import TensorProto, helper, numpy_helper
    from onnxruntime import InferenceSession

    largest = processor.largest_weight()
    matrix = np.full((64, 48), largest, np.int8)
    node = helper.make_node("MatMulInteger", ["x", "w", "zero"], ["y"])
    tensors = [numpy_helper.from_array(matrix, "w"), numpy_helper.from_array(np.uint8(128), "zero")]
    given = helper.make_tensor_value_info("x", TensorProto.UINT8, ["rows", 64])
    result = helper.make_tensor_value_info("y", TensorProto.INT32, None)
    opset = [helper.make_opsetid("", 20)]
    model = helper.make_model(helper.make_graph([node], "g", [given], [result], tensors), opset_imports=opset, ir_version=10)
    session = InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for value in (255, 1):
        (found,) = session.run(None, {"x": np.full((32, 64), value, np.uint8)})
        assert (found == (value - 128) * largest * 64).all()


def test_instruction_sets_decide_the_largest_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    for machine, sets, largest in (("x86_64", ("avx2",), 64), ("x86_64", ("avx2", "avx512_vnni"), 127), ("aarch64", (), 127)):
        monkeypatch.setattr(processor.platform, "machine", lambda machine=machine: machine)
        monkeypatch.setattr(processor, "instruction_sets", lambda sets=sets: sets)
        assert processor.largest_weight() == largest


def test_it_passes_the_golden_call(tmp_path: Path) -> None:
    vocos = weights("vocos/model.safetensors")

    def compute(found: Any, architecture: Architecture, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
        folder = tmp_path / architecture
        backend = load_backend(found, vocos, architecture=architecture, graph_folder=folder, digest="golden", precision="fp32")
        return backend.velocity(x, evaluation, prompt)

    verdict = check_device(compute)
    assert verdict.passed, verdict.why


def test_a_group_of_one_value_keeps_it() -> None:
    class One:
        source, metadata = "here", {}

        def quantized(self, _name: str) -> Quantized:
            zeros = np.zeros((2, 4), np.uint32)
            return Quantized(zeros, np.array([[0.0], [0.5]], np.float32), np.array([[0.25], [-1.0]], np.float32), 4, 32)

    found = blocks(One(), "w", 4)  # type: ignore[arg-type]
    assert found.zero_points is not None
    np.testing.assert_array_equal(found.scales * (0 - found.zero_points), [[0.25], [-1.0]])


def test_graphs_are_made_once(tmp_path: Path) -> None:
    first = one_step(backend_of(tmp_path, "int8"))
    made = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    np.testing.assert_array_equal(one_step(backend_of(tmp_path, "int8")), first)
    assert made == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert made
    one_step(backend_of(tmp_path, "int8", digest="other weights"))
    assert len(list(tmp_path.rglob("graph.onnx"))) == 2 * len([path for path in made if path.name == "graph.onnx"])


@pytest.mark.parametrize("name", ["graph.onnx", "tensors.bin"])
def test_a_damaged_graph_is_made_again(name: str, tmp_path: Path) -> None:
    first = one_step(backend_of(tmp_path))
    for path in tmp_path.rglob(name):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    np.testing.assert_array_equal(one_step(backend_of(tmp_path)), first)


def test_a_folder_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="write"):
        one_step(backend_of(tmp_path / "file" / "graphs"))


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    class Less:
        def __init__(self, whole: StoredWeights) -> None:
            self.whole, self.source, self.metadata = whole, whole.source, whole.metadata

        def names(self) -> tuple[str, ...]:
            return tuple(name for name in self.whole.names() if "to_out" not in name)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.whole, name)

        def tensor(self, name: str) -> Any:
            if "to_out" in name:
                raise ModelError(f"{self.source}: there is no tensor {name}")
            return self.whole.tensor(name)

    dit: Any = Less(weights("torch_v1/model.safetensors"))
    vocos = weights("vocos/model.safetensors")
    with pytest.raises(ModelError, match="to_out"):
        one_step(load_backend(dit, vocos, architecture=Architecture.V1, graph_folder=tmp_path, digest="x", precision="fp32"))
    assert not any(path.parent.name.startswith("step") for path in tmp_path.rglob("graph.onnx"))


@pytest.mark.parametrize("times", [1, 2, 5])
def test_where_a_tensor_lies_in_its_file_changes_nothing(times: int) -> None:
    whole = weights("torch_v1/model.safetensors")

    class Askew:
        source = "askew"

        def tensor(self, name: str) -> Any:
            array = np.array(whole.tensor(name))
            buffer = np.empty(array.nbytes + 1, np.uint8)
            moved = buffer[1:].view(array.dtype).reshape(array.shape)
            moved[...] = array
            return moved

    grid = np.linspace(0, 0.9, times, dtype=np.float32)
    config = DiTConfig.from_weights(whole, Architecture.V1)
    askew: Any = Askew()
    np.testing.assert_array_equal(modulation_of(askew, config, grid), modulation_of(whole, config, grid))


def grown_bytes(graphs: Path) -> int:
    """Return how much resident memory grows over 57 new lengths, once the allocator has settled over the longest and 29 others."""
    resident = lambda: int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096  # noqa: E731
    backend = backend_of(graphs)
    random = np.random.default_rng(3)

    def speak(frames: int) -> None:
        noise = random.standard_normal((1, frames, 100)).astype(np.float32)
        known = np.arange(frames)[None] < 20
        ids = np.arange(10, dtype=np.int32)[None]
        sample(backend, cond=noise, known=known, ids=ids, noise=noise, sampling=Sampling(2))

    speak(1200)
    for frames in random.permutation(np.arange(64, 1200, 40)):
        speak(int(frames))
    before = resident()
    for frames in random.permutation(np.arange(69, 1200, 20)):
        speak(int(frames))
    return resident() - before


def test_many_lengths_take_no_more_memory_than_the_longest(graphs: Path) -> None:
    """Measured in a process of its own, so that the tests before it do not count. A memory pattern per shape grows it by 29 MB."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("the system does not tell")
    if outputs("torch_v1/dit_inputs.safetensors").tensor("x").shape[-1] != 100:
        pytest.skip("other sizes")
    program = (
        "import sys; from pathlib import Path; from tests.engines.f5.test_onnx import grown_bytes; print(grown_bytes(Path(sys.argv[1])))"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program, graphs], cwd=root, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 24e6


def test_without_a_predictor_it_says_so(tmp_path: Path) -> None:
    backend = load_backend(
        weights("torch_v1/model.safetensors"),
        weights("vocos/model.safetensors"),
        architecture=Architecture.V1,
        graph_folder=tmp_path,
        digest="x",
    )
    with pytest.raises(EngineError, match="predictor"):
        backend.duration(np.zeros((1, 4, 100), np.float32), np.zeros((1, 2), np.int32))


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> StoredWeights:
    """A quantized model of a width that no group divides: attention's inputs are stored dense, the rest in four bits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(golden_call, "DIM", 80)
        network = golden_call.small_network()
    path = tmp_path_factory.mktemp("narrow") / "model.safetensors"
    matrices = [
        name
        for name in network.names()
        if (".attn.to_" in name or ".ff.ff." in name) and name.endswith("weight") and network.shape(name)[1] % 32 == 0
    ]
    write_quantized(network, matrices, 4, 32, path)
    return open_weights(path)


def narrow_step(narrow: StoredWeights, folder: Path, precision: str) -> FloatArray:
    vocos = weights("vocos/model.safetensors")
    backend = load_backend(
        narrow, vocos, architecture=Architecture.V1, graph_folder=folder, digest="narrow", precision=precision, threads=1
    )
    x, prompt = golden_call.golden_call()
    return backend.velocity(x, golden_call.EVALUATION, prompt)


def test_what_is_stored_dense_in_a_quantized_model_stays_dense(narrow: StoredWeights, graphs: Path) -> None:
    block = "transformer.transformer_blocks.0"
    assert narrow.quantized(f"{block}.attn.to_q.weight") is None
    assert narrow.quantized(f"{block}.attn.to_out.layers.0.weight") is not None
    exact = narrow_step(narrow, graphs, "fp32")
    np.testing.assert_allclose(narrow_step(narrow, graphs, "int4"), exact, rtol=0, atol=1e-4)
    assert 0 < error(narrow_step(narrow, graphs, "int8w"), exact) < 1e-2


class PartlyDense:
    """A stored model in which some matrices are those of the dense one, though their width could be grouped."""

    def __init__(self, stored: StoredWeights, original: StoredWeights) -> None:
        self._stored, self._original = stored, original
        self.source, self.metadata = stored.source, stored.metadata

    def names(self) -> tuple[str, ...]:
        return self._stored.names()

    def shape(self, name: str) -> tuple[int, ...]:
        return self._stored.shape(name)

    def tensor(self, name: str) -> Any:
        return (self._original if ".attn.to_" in name else self._stored).tensor(name)

    def quantized(self, name: str) -> Quantized | None:
        return None if ".attn.to_" in name else self._stored.quantized(name)


def test_a_dense_matrix_of_a_quantized_model_is_not_rounded_though_it_could_be(graphs: Path) -> None:
    partly = PartlyDense(weights("mlx/model_v1_4b.safetensors"), weights("torch_v1/model.safetensors"))

    def step(precision: str) -> FloatArray:
        vocos = weights("vocos/model.safetensors")
        return one_step(
            load_backend(partly, vocos, architecture=Architecture.V1, graph_folder=graphs, digest="partly", precision=precision)
        )

    np.testing.assert_allclose(step("int4"), step("fp32"), rtol=0, atol=1e-4)
