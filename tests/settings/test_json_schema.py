"""JSON Schemas against what the readers take and refuse."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.command_parts import run
from tests.show.parts import FEED
from voiceover.settings.json_schema import SCHEMAS
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Items, Node, Scalar, read_yaml

EXAMPLES = Path(__file__).parents[2] / "scripts_examples"
GOOD = {
    "voiceover": [
        "engine: draft\nvoices: [voices]\nscripts: ['*.md']\nloudness: {preset: podcast, mono_reference: playback}\nsteps: 7\nseed: 3\n",
        "cast: {Ann: ada, Ben: {voice: ben, speed: 1.1, kokoro: {preset: am_adam}}}\ngaps: {sentence: 200}\nformat: [mp3, wav]\n",
        "bitrate: {mp3: 128, opus: 48k}\nsample_rate: 44.1 kHz\n",
        "bitrate: 96\nsample_rate: 48000\n",
        "sounds: {door: door.wav, bed: {file: bed.flac, licence: CC0-1.0, credit: A. Smith}}\nintro: bed\nchannels: mono\n",
        "outro: {file: bed, overlap: 2s, fade: 500ms}\nducking: {depth: 12dB, attack: 80ms, hold: 0.4, release: 900ms, lookahead: 150ms}\n",
        "read: {headings: speak}\ncover: art.JPG\nlanguage: pt-BR\nlexicon: words.yaml\n",
    ],
    "show": [FEED, "feed: {base_url: https://cast.town/, keep: 3, people: [Ann, {name: Ben, role: host}], funding: https://cast.town/}\n"],
    "script": ["title: A\ncast: {Ann: ada}\nguid: x\nslug: a\nsegments:\n  - scene\n  - {speaker: Ann, text: Hello.}\n"],
}
BAD = {
    "voiceover": [
        "enigne: draft\n",
        "steps: 0\n",
        "channels: quad\n",
        "gaps: {sentences: 1}\n",
        "listen: 3\n",
        "cover: a.pdf\n",
        "bitrate: {flac: 1}\n",
        "sample_rate: 8000\n",
        *("sounds: {bed: {licence: CC0-1.0}}\n", "intro: {overlap: 2s}\n", "ducking: {sustain: 1s}\n", "ducking: 12dB\n"),
    ],
    "show": ["title: x\n", "feed: {title: x}\n", "feed: {base_url: ftp://a}\n", "feed: {base_url: https://a.town/, kep: 3}\n"],
    "script": ["segments: x\n", "voices: [x]\n", "cast: {}\n", "date: soon\n"],
}


BAD["voiceover"] += ["bitrate: {flac: 1}\n", "bitrate: 8\n", "sample_rate: 8000\n"]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_command_prints_a_schema_that_takes_what_is_good_and_refuses_what_is_not(kind: str) -> None:
    code, text = run("schema", kind)
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert code == 0
    assert [(typed, validator.is_valid(yaml.safe_load(typed))) for typed in GOOD[kind]] == [(typed, True) for typed in GOOD[kind]]
    assert [(typed, validator.is_valid(yaml.safe_load(typed))) for typed in BAD[kind]] == [(typed, False) for typed in BAD[kind]]


def test_the_schema_of_the_project_file_is_the_default_and_others_are_refused() -> None:
    assert run("schema") == run("schema", "voiceover")
    assert run("schema", "voice")[0] == 2


def test_the_yaml_examples_are_valid() -> None:
    validator = jsonschema.Draft202012Validator(SCHEMAS["script"]())
    found = list(EXAMPLES.rglob("*.yaml"))
    assert found
    for path in found:
        content = plain(read_yaml(path.read_text("utf-8"), str(path), Problems()))
        assert "segments" in content
        assert [error.message for error in validator.iter_errors(content)] == [], path


def plain(node: Node | None) -> Any:
    """The values of a file as an editor has them."""
    if isinstance(node, Fields):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return json.loads(node.text) if node.plain and re.fullmatch(r"-?\d+(\.\d+)?|true|false", node.text) else node.text
