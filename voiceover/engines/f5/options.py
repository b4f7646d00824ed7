"""The options of F5. Nothing heavy is imported here: the command line makes its flags of them."""

from __future__ import annotations

from voiceover.engines.f5.choices import BACKENDS, PRECISIONS, PRESETS
from voiceover.settings.layers import DURATIONS, METHODS, OPTION_RANGES
from voiceover.types.schemas import Kind, OptionSpec


def _per_line(name: str, help: str, kind: Kind, choices: tuple[str, ...] = ()) -> OptionSpec:
    low, high = OPTION_RANGES.get(name, (None, None))
    return OptionSpec(name, help, kind, choices, low, high, default="the preset's", per_line=True)


OPTIONS = (
    OptionSpec("backend", "F5 backend: MLX or onnxruntime.", Kind.CHOICE, BACKENDS, default="MLX on a GPU, else onnxruntime"),
    OptionSpec("precision", "F5 numeric precision.", Kind.CHOICE, PRECISIONS, default="auto, the fastest that preserves the speech"),
    OptionSpec("preset", "F5 sampling preset: base (32 steps), fast (7) or distilled.", Kind.CHOICE, tuple(PRESETS), default="the model's"),
    OptionSpec("gpu-batch", "Number of lines of equal length that F5 speaks in one batch.", Kind.INTEGER, low=1, high=64, default="1"),
    OptionSpec("any-language", "Allow a language the model was not trained on.", Kind.SWITCH, default="no"),
    _per_line("steps", "Sampling steps.", Kind.INTEGER),
    _per_line("method", "Solver of the flow.", Kind.CHOICE, METHODS),
    _per_line("cfg_strength", "Weight of classifier-free guidance.", Kind.NUMBER),
    _per_line("sway_sampling_coef", "Sway of the time grid.", Kind.NUMBER),
    _per_line("duration", "Rule for the length of a line.", Kind.CHOICE, DURATIONS),
)
