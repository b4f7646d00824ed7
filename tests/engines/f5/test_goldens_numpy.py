"""What numpy computes around the networks, against the reference outputs."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import numpy as np
import pytest

from tests.engines.f5.reference_outputs import FOLDER, LOG_MEL, close, outputs, rows
from voiceover.audio.files import read_audio
from voiceover.engines.f5 import duration, text
from voiceover.engines.f5.mel import log_mel, mel_filters
from voiceover.engines.f5.sampler import time_grid
from voiceover.engines.f5.weights.vocabulary import read_vocab

pytestmark = pytest.mark.goldens

needs_zh = pytest.mark.skipif(
    not (importlib.util.find_spec("rjieba") and importlib.util.find_spec("pypinyin")), reason="the extra zh is not installed"
)


def table(file: str) -> Any:
    path = FOLDER / file
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def test_the_folder_is_whole() -> None:
    files = ["mel", "text", "torch_v0", "torch_v1", "mlx", "mlx_fork_v0", "vocos", "q4_bundle", "vocos_q4_bundle", "vocos_fp16_bundle"]
    assert [name for name in files if not (FOLDER / name).is_dir()] == []


@pytest.mark.parametrize(("file", "name"), rows("mel/golden.safetensors", without=("wave",)))
def test_mel(file: str, name: str) -> None:
    expected = outputs(file).tensor(name)
    if name == "fbank_torch":
        close(mel_filters((len(expected) - 1) * 2, expected.shape[1]), expected, 2e-5)
        return
    found = log_mel(outputs(file).tensor("wave_odd" if name.endswith("odd") else "wave"))[None]
    if name == "mel_f5_tts_mlx":  # pads with zeros and drops the last frame; alike inside
        inside = slice(2, expected.shape[1] - 2)
        close(found[:, inside], expected[:, inside], LOG_MEL)
    else:
        close(found, expected, LOG_MEL)
        np.testing.assert_allclose(np.exp(found), np.exp(expected), rtol=1e-4, atol=1e-4)


def test_mel_of_the_wav_file() -> None:
    audio = read_audio(FOLDER / "mel/speech_24k.wav")
    close(log_mel(audio.samples)[None], outputs("mel/golden.safetensors").tensor("mel_torch"), LOG_MEL)


@pytest.mark.parametrize("row", table("text/pinyin.json"), ids=lambda row: f"text/pinyin.json:{row['text']!r}"[:60])
def test_tokens(row: dict[str, Any]) -> None:
    if any(text.is_chinese(char) for char in row["text"]):
        pytest.importorskip("rjieba")
        pytest.importorskip("pypinyin")
    assert text.tokenize(row["text"]) == row["tokens"]


@needs_zh
@pytest.mark.skipif(not (FOLDER / "text/vocab.txt").exists(), reason="the folder has no text/vocab.txt")
def test_ids() -> None:
    vocab = text.Vocab(read_vocab(FOLDER / "text/vocab.txt"))
    for row in table("text/pinyin.json"):
        assert vocab.ids(text.tokenize(row["text"])).tolist() == row["ids"], row["text"]


@pytest.mark.parametrize("number", range(len(table("text/helpers.json").get("duration", []))))
def test_duration_rule(number: int) -> None:
    row = table("text/helpers.json")["duration"][number]
    found = duration.byte_rule(row["ref_frames"], row["ref_text"], row["gen_text"], row["speed"])
    assert row["ref_frames"] + found == row["duration"]


def test_time_grids() -> None:
    grids = table("text/helpers.json")["time_grid"]
    assert grids
    for row in grids:
        close(time_grid(row["steps"], row["sway"], epss=row["epss"]), np.array(row["t"]), 2e-7)
