"""F5 on MLX with random weights in the sizes of F5TTS_v1_Base: files, memory, loading, work a step, errors of quantization.

python benchmarks/f5_model.py [--quick] [--json FILE]

The weights are made once, into the folder that ``f5_weights.py`` names (about 600 MB). Each figure is taken in a process of its own:

- Memory is the resident set above an empty interpreter's, so Python's packages and MLX itself count; memory-mapped weights count while
  they are mapped.
- Utterances are spoken by the whole engine after a real clip, with the tiny network: on a CPU the full one would take days. What
  the full width needs is measured on a single block of it, since no block keeps anything.
- Work is counted by counters around the network.
- Errors of quantization are relative norms of the conditional velocity of one step, beside those of the reference outputs (tests/goldens),
  with as many blocks as those networks have. A scale for a whole row loses more the longer the row, whatever runs it (its largest of
  1,024 normal values lies further out than of 64), so what is required is: no worse than the goldens' for matrices that are that far off.
  With all 22 blocks random weights add up errors that trained ones need not; that is printed only.

--quick takes the tiny network everywhere, where most figures cannot be required. Needs the extra ``dev``.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from table import Row, finish, options, required

REPOSITORY = Path(__file__).parents[1]
GOLDENS = REPOSITORY / "tests" / "goldens"
PUBLISHED_BYTES = 232_389_648 + 86_222_976 + 54_126_600
"""Base at 4 bits in groups of 64 with float32 scales, the duration predictor, Vocos: sums of their tensors."""
PUBLISHED_INT4_BYTES = 171_601_360
FULL_PRECISION_MB = 1348.4
WORDS = "These are the words of the clip."
STEPS = 6
ERROR_FRAMES = 16
GOLDEN_BLOCKS = 2
"""Of the networks that the reference outputs were made with: errors grow with every block."""
BLOCK_FRAMES = 1008


# ---------------------------------------------------------------- in processes of their own


def load(folder: Path) -> None:
    """Load a model and hold it; prints what that took."""
    import mlx.core as mx

    from voiceover.engines.f5.choices import Architecture
    from voiceover.engines.f5.mlx import load_backend
    from voiceover.engines.f5.text import Vocab

    mx.eval(mx.zeros(1))
    from f5_weights import opened

    imported = resident_mb()
    started = time.perf_counter()
    model = opened(folder)
    vocab = Vocab(model.vocab)
    backend = load_backend(model.dit, model.vocoder, model.duration, architecture=Architecture.V1)
    seconds = time.perf_counter() - started
    gc.collect()
    tell(imported=imported, ready=resident_mb(), peak=peak_mb(), seconds=seconds, held=len(vocab.tokens) + len(backend.vocos.parameters()))


def speak(utterances: int, longest: int) -> None:
    """Speak utterances of as many lengths with the tiny model, the longest among the first; prints memory before, on the way and after."""
    from f5_weights import TINY, make, opened

    from voiceover.engines.contract import make_utterance
    from voiceover.types import Options

    engine, voice = engine_of(opened(make(TINY)))
    lengths = np.linspace(longest - utterances + 1, longest, utterances).astype(int)
    texts = ["a little more " * (length // 14 + 1) for length in lengths]
    texts = [text[: length - 1].replace(" ", "e") + "." for text, length in zip(texts, lengths, strict=True)]
    texts.reverse()
    first = utterances // 4
    texts = texts[:1] + random.Random(1).sample(texts[1:], utterances - 1)
    engine.speak(make_utterance("A first one.", options=Options(steps=1)), voice)
    ready, seen, shapes = resident_mb(), [], set()
    for number, text in enumerate(texts):
        audio = engine.speak(make_utterance(text, options=Options(steps=1, speed=2.5), seed=number), voice)
        shapes.add(len(audio.samples))
        seen.append(peak_mb())
    tell(ready=ready, early=seen[first], last=seen[-1], lengths=len({len(text) for text in texts}), shapes=len(shapes))


def order() -> None:
    """Speak three lines forwards and backwards, in two engines; prints the largest difference."""
    from f5_weights import TINY, make, opened

    from voiceover.engines.contract import make_utterance
    from voiceover.types import Options

    texts = ["The mice ran home.", "Twelve cats are waiting at the door.", "Goodbye!"]
    found = []
    for lines in (texts, texts[::-1]):
        engine, voice = engine_of(opened(make(TINY)))
        found.append({text: engine.speak(make_utterance(text, options=Options(steps=2), seed=7), voice).samples for text in lines})
    tell(difference=max(float(np.abs(found[0][text] - found[1][text]).max()) for text in texts))


def work() -> None:
    """Count what one utterance of ``STEPS`` steps computes."""
    from f5_weights import TINY, make, opened

    from voiceover.engines.contract import make_utterance
    from voiceover.engines.f5.mlx.dit import DiT, TimestepEmbedding
    from voiceover.engines.f5.mlx.layers import Rotary, TextEmbedding
    from voiceover.types import Options

    calls: Counter[str] = Counter()
    batches: set[int] = set()

    def counted(kind: type, name: str, method: str) -> None:
        whole = getattr(kind, method)

        def call(self: Any, *arguments: Any) -> Any:
            calls[name] += 1
            out = whole(self, *arguments)
            if name == "dit":
                batches.add(out.shape[0])
            return out

        setattr(kind, method, call)

    engine, voice = engine_of(opened(make(TINY)))
    for kind, name, method in ((DiT, "dit", "__call__"), (TextEmbedding, "text", "__call__"), (TimestepEmbedding, "time", "__call__")):
        counted(kind, name, method)
    counted(Rotary, "rotary", "__init__")
    engine.speak(make_utterance("A line to speak.", options=Options(steps=STEPS)), voice)
    tell(**calls, batches=sorted(batches))


def velocity(size: str, kind: str, blocks: int, out: Path) -> None:
    """Save the conditional velocity of one step by the weights of a kind (float, 4bit or int4), of their first blocks alone."""
    from f5_weights import FULL, TINY, make, opened, random_dit_weights

    from voiceover.engines.f5.backend import Prompt
    from voiceover.engines.f5.choices import Architecture, MLXPrecision
    from voiceover.engines.f5.configs import DiTConfig
    from voiceover.engines.f5.mlx import MLXBackend
    from voiceover.engines.f5.mlx.step_speed import cut_dit

    sizes = FULL if size == "full" else TINY
    weights = random_dit_weights(sizes) if kind == "float" else opened(make(sizes), rowwise=kind == "int4").dit
    config = DiTConfig.from_weights(weights, Architecture.V1)
    network = cut_dit(weights, config, MLXPrecision.FP32 if kind == "float" else MLXPrecision.QUANTIZED, min(blocks, config.depth))
    state, cond = np.random.default_rng(0).standard_normal((2, 1, ERROR_FRAMES, sizes.dit.mel_dim), np.float32)
    prompt = Prompt(cond, np.arange(12, dtype=np.int32)[None], np.array([0.5], np.float32), True)
    started = time.perf_counter()
    found = MLXBackend(network, None).velocity(state, 0, prompt)  # type: ignore[arg-type]
    np.save(out, found[0])
    tell(seconds=time.perf_counter() - started, peak=peak_mb())


def block(size: str, frames: int) -> None:
    """Run one block of a network with all that stands around it; prints the memory above its weights."""
    import mlx.core as mx
    from f5_weights import FULL, TINY

    from voiceover.engines.f5.choices import MLXPrecision
    from voiceover.engines.f5.mlx.backend import CACHE_LIMIT
    from voiceover.engines.f5.mlx.step_speed import random_dit, step_seconds

    mx.set_cache_limit(CACHE_LIMIT)
    config = replace((FULL if size == "full" else TINY).dit, depth=1)
    network = random_dit(config, MLXPrecision.QUANTIZED)
    mx.clear_cache()
    ready = resident_mb()
    seconds = step_seconds(network, frames)
    tell(ready=ready, peak=peak_mb(), seconds=seconds)


def engine_of(model: Any) -> tuple[Any, Any]:
    """The whole engine around a model, and a voice with a real clip."""
    from voiceover.engines.f5.choices import PRESETS, Architecture
    from voiceover.engines.f5.engine import F5Engine, describe
    from voiceover.engines.f5.mlx import load_backend
    from voiceover.engines.f5.text import Vocab
    from voiceover.types import DEFAULT_STYLE, Clip, Style, Voice

    backend = load_backend(model.dit, model.vocoder, model.duration, architecture=Architecture.V1)
    preset = PRESETS["base"]
    info = describe(model.name, model.digest, architecture=Architecture.V1, backend="mlx", precision="quantized", preset=preset)
    path = GOLDENS / "mel" / "speech_24k.wav"
    clip = Clip(path, WORDS, hashlib.sha256(path.read_bytes()).hexdigest(), 2.0)
    return F5Engine(backend, Vocab(model.vocab), preset, info), Voice("ben", GOLDENS, "en", {DEFAULT_STYLE: Style(clip)}, licence="CC0-1.0")


def tell(**found: Any) -> None:
    print(json.dumps(found))


def resident_mb() -> float:
    """Resident set now."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        done = subprocess.run(["/bin/ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True)
        return int(done.stdout) * 1024 / 1e6


def peak_mb() -> float:
    """Largest resident set so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def child(*arguments: str | int | Path) -> dict[str, Any]:
    """Run this file in a new process; what it told."""
    done = subprocess.run([sys.executable, __file__, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


# ---------------------------------------------------------------- the table


def golden_errors() -> dict[str, tuple[float, float]]:
    """What quantization does to the reference networks (v0): relative error of one step, and of the matrices of its blocks."""
    from voiceover.engines.f5.weights.files import open_weights
    from voiceover.tensors.safetensors_file import read_safetensors

    def step(name: str) -> np.ndarray:
        return np.asarray(read_safetensors(GOLDENS / name).tensor("single.cond"))

    whole = open_weights(GOLDENS / "torch_v0" / "model.safetensors")
    fork = GOLDENS / "mlx_fork_v0"
    groups = relative(step("mlx_fork_v0/outputs_4bit.safetensors"), step("mlx_fork_v0/outputs_fp32.safetensors"))
    rows = relative(step("q4_bundle/golden_outputs.safetensors"), step("torch_v0/dit_outputs.safetensors"))
    return {
        "4bit": (groups, matrix_error(open_weights(fork / "model.safetensors"), whole)),
        "int4": (rows, matrix_error(open_weights(GOLDENS / "q4_bundle"), whole)),
    }


def matrix_error(found: Any, expected: Any) -> float:
    """Relative norm over the matrices of the blocks that the reference networks have too."""
    wanted = tuple(f"transformer.transformer_blocks.{number}." for number in range(GOLDEN_BLOCKS))
    names = [name for name in expected.names() if name.startswith(wanted) and name.endswith(".weight") and len(expected.shape(name)) == 2]
    pairs = [(np.asarray(found.tensor(name), np.float32), np.asarray(expected.tensor(name), np.float32)) for name in names]
    error = sum(float(np.sum(np.square(one - other), dtype=np.float64)) for one, other in pairs)
    return float(np.sqrt(error / sum(float(np.sum(np.square(other), dtype=np.float64)) for _, other in pairs)))


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def size_rows(folder: Path, full: bool) -> list[Row]:
    disk = sum((folder / name).stat().st_size for name in ("model_4b.safetensors", "duration_v2.safetensors", "vocos.safetensors"))
    int4 = sum((folder / "int4" / name).stat().st_size for name in ("tensors.q4.bin", "tensors.fp16.bin"))
    near = abs(disk / PUBLISHED_BYTES - 1) <= 0.01, abs(int4 / PUBLISHED_INT4_BYTES - 1) <= 0.001
    return [
        required("4 bits g64 + duration + Vocos on disk, MB", disk / 1e6, f"{PUBLISHED_BYTES / 1e6:.1f} +- 1%", near[0], full),
        required("rowwise int4 payload, MB", int4 / 1e6, f"{PUBLISHED_INT4_BYTES / 1e6:.3f} +- 0.1%", near[1], full),
    ]


def load_rows(folder: Path, full: bool) -> list[Row]:
    empty = float(child("empty")["resident"])
    tries = [child("load", folder) for _ in range(3 if full else 1)]
    best = min(tries, key=lambda one: one["seconds"])
    ready, peak, packages = (max(one[name] for one in tries) - empty for name in ("ready", "peak", "imported"))
    return [
        required("loaded and ready, MB above the interpreter", ready, "under 450", ready < 450, full),
        Row("  of which Python's packages and MLX", packages, "", True),
        required("  most while loading", peak, f"under 450 ({FULL_PRECISION_MB:.0f} in full)", peak < 450, full),
        required("loading, warm, s", best["seconds"], "under 1", best["seconds"] < 1, full),
    ]


def work_rows() -> list[Row]:
    found = child("work")
    once = [found.get(name) for name in ("text", "rotary", "time")]
    return [
        Row(f"DiT calls in {STEPS} steps", found["dit"], f"{STEPS}, each of batch 2", found["dit"] == STEPS and found["batches"] == [2]),
        Row("text, rotary, time computed, times", max(once), "1", once == [1, 1, 1]),
    ]


def memory_rows(full: bool) -> list[Row]:
    utterances, longest = (200, 220) if full else (20, 40)
    found = child("speak", utterances, longest)
    above, growth = found["last"] - found["ready"], found["last"] - found["early"]
    frames = BLOCK_FRAMES if full else 256
    one = child("block", "full" if full else "tiny", frames)
    wide = one["peak"] - one["ready"]
    return [
        Row(f"{utterances} utterances of {found['lengths']} lengths, tiny: MB above the model", above, "under 600", above < 600),
        Row("  shapes met, frames rounded up to 16", found["shapes"], "", True),
        required("  growth after the first quarter, MB", growth, "under 32", growth < 32, full),
        Row(f"one block of {'full' if full else 'tiny'} width, {frames} frames: MB above it", wide, "under 600", wide < 600),
        Row("  seconds", one["seconds"], "", True),
    ]


def order_rows() -> list[Row]:
    difference = child("order")["difference"]
    return [Row("another order, another engine: largest difference", difference, "0", difference == 0)]


def error_rows(full: bool) -> list[Row]:
    from f5_weights import FULL, TINY, make, opened, random_dit_weights

    sizes = FULL if full else TINY
    error, seconds = errors("full" if full else "tiny", GOLDEN_BLOCKS)
    rows, blocks = [], min(GOLDEN_BLOCKS, sizes.dit.depth)
    for kind, (golden, golden_matrices) in golden_errors().items():
        matrices = matrix_error(opened(make(sizes), rowwise=kind == "int4").dit, random_dit_weights(sizes))
        most = golden * matrices / golden_matrices
        rows += [
            Row(f"{kind} against float, one step, {blocks} blocks", error[kind], f"at most {most:.3f}", error[kind] <= most),
            Row("  the goldens' step", golden, "", True),
            Row("  its matrices, relative norm", matrices, "", True),
            Row("  the goldens' matrices", golden_matrices, "", True),
        ]
    if full:
        error, seconds = errors("full", sizes.dit.depth)
        rows += [Row(f"{kind} against float, one step, {sizes.dit.depth} blocks", value, "", True) for kind, value in error.items()]
    rows.append(Row(f"  a guided 4-bit step of {ERROR_FRAMES} frames and its text, s", seconds, "", True))
    return rows


def errors(size: str, blocks: int) -> tuple[dict[str, float], float]:
    """Relative norms by kind, and seconds of the step at 4 bits."""
    with tempfile.TemporaryDirectory() as name:
        made = {kind: Path(name) / f"{kind}.npy" for kind in ("float", "4bit", "int4")}
        took = {kind: child("velocity", size, kind, blocks, path) for kind, path in made.items()}
        step = {kind: np.load(path) for kind, path in made.items()}
    return {kind: relative(step[kind], step["float"]) for kind in ("4bit", "int4")}, float(took["4bit"]["seconds"])


def main() -> None:
    arguments = options(__doc__, "the tiny network everywhere").parse_args()
    from f5_weights import FULL, TINY, make

    full = not arguments.quick
    make(TINY)
    folder = make(FULL) if full else make(TINY)
    rows = [*size_rows(folder, full), *load_rows(folder, full), *work_rows(), *memory_rows(full), *order_rows(), *error_rows(full)]
    finish(rows, arguments.json)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["empty"]:
            tell(resident=resident_mb())
        case ["load", folder]:
            load(Path(folder))
        case ["speak", utterances, longest]:
            speak(int(utterances), int(longest))
        case ["order"]:
            order()
        case ["work"]:
            work()
        case ["velocity", size, kind, blocks, out]:
            velocity(size, kind, int(blocks), Path(out))
        case ["block", size, frames]:
            block(size, int(frames))
        case _:
            main()
