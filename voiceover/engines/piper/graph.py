"""Makes a Piper network repeatable: its two sources of noise become inputs, and its durations an output.

Piper's export draws noise with two nodes RandomNormalLike, whose values differ at each run. The first makes durations; its shape is known,
(1, 2, ids). The second makes the sound, (1, channels, frames); the number of frames is known only once the durations are, so a longer
input is cut to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx

from voiceover.errors import ModelError
from voiceover.tensors.onnx_file import expect_values, read_onnx

DURATION_NOISE = "voiceover_duration_noise"
SOUND_NOISE = "voiceover_sound_noise"
CHANNELS = 192
"""Channels of the noise that the sound is made from; networks with fewer use the first ones."""
MOST_BYTES = 600_000_000
"""Ten times the size of a usual voice."""
_FLOAT, _INT64 = 1, 7
_OLDEST_OPSET = 13


def repeatable_graph(path: Path, speakers: int) -> tuple[bytes, str]:
    """Return the network of a voice with its noise as inputs, and the name of the output with the durations.

    Raises ModelError if the file is no network of Piper with as many inputs as ``speakers`` needs.
    """
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise ModelError(f"{path}: over {MOST_BYTES // 1_000_000} MB; not the network of a Piper voice")
    inputs = {"input": _INT64, "input_lengths": _INT64, "scales": _FLOAT} | ({"sid": _INT64} if speakers > 1 else {})
    expect_values(path, read_onnx(path), inputs, {"output": _FLOAT}, "the network of a Piper voice")
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:  # protobuf's own kinds
        raise ModelError(f"{path}: not an ONNX file, or damaged") from error
    if max((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=0) < _OLDEST_OPSET:
        raise ModelError(f"{path}: its operators are older than opset {_OLDEST_OPSET}; not the network of a Piper voice")
    durations = _replace_noise(model.graph, path)
    return model.SerializeToString(), durations


def _replace_noise(graph: Any, path: Path) -> str:
    """Replace the nodes that draw noise, in place; return the name of the durations."""
    nodes = list(graph.node)
    noise = [number for number, node in enumerate(nodes) if node.op_type == "RandomNormalLike"]
    ceil = [number for number, node in enumerate(nodes) if node.op_type == "Ceil"]
    if len(noise) != 2 or len(ceil) != 1 or not noise[0] < ceil[0] < noise[1]:
        raise ModelError(f"{path}: not the network of a Piper voice: it does not draw its noise before and after its durations")
    first, second = (nodes[number] for number in noise)
    durations: str = nodes[ceil[0]].output[0]
    graph.node.remove(first)
    graph.node.remove(second)
    for node in graph.node:
        for at, name in enumerate(node.input):
            if name == first.output[0]:
                node.input[at] = DURATION_NOISE
    at = next(number for number, node in enumerate(graph.node) if second.output[0] in node.input)
    for offset, node in enumerate(_cut_noise(second.input[0], second.output[0])):
        graph.node.insert(at + offset, node)
    graph.input.append(onnx.helper.make_tensor_value_info(DURATION_NOISE, _FLOAT, [1, 2, "ids"]))
    graph.input.append(onnx.helper.make_tensor_value_info(SOUND_NOISE, _FLOAT, [1, CHANNELS, "most_frames"]))
    graph.initializer.append(onnx.helper.make_tensor("voiceover_zeros", _INT64, [3], [0, 0, 0]))
    graph.initializer.append(onnx.helper.make_tensor("voiceover_axes", _INT64, [3], [0, 1, 2]))
    graph.output.append(onnx.helper.make_tensor_value_info(durations, _FLOAT, None))
    return durations


def _cut_noise(like: str, result: str) -> list[Any]:
    """Return nodes that cut the noise to the shape of ``like``, or fill it with zeros: a caller who sees too few frames asks again."""
    make = onnx.helper.make_node
    return [
        make("Shape", [like], ["voiceover_shape"]),
        make("Slice", [SOUND_NOISE, "voiceover_zeros", "voiceover_shape", "voiceover_axes"], ["voiceover_cut"]),
        make("Shape", ["voiceover_cut"], ["voiceover_cut_shape"]),
        make("Sub", ["voiceover_shape", "voiceover_cut_shape"], ["voiceover_missing"]),
        make("Concat", ["voiceover_zeros", "voiceover_missing"], ["voiceover_pads"], axis=0),
        make("Pad", ["voiceover_cut", "voiceover_pads"], [result]),
    ]
