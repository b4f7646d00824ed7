"""voice.yaml, voiceover.yaml and lexicon files."""

from __future__ import annotations

import functools
import io
import random
from pathlib import Path

import numpy as np
import soundfile

from tests.fuzz.case import Files, Kind, Link, check_error, check_problems
from tests.fuzz.mutate import HOSTILE, mutated, some, stretched
from voiceover.errors import ProblemsError
from voiceover.pipeline.check import check_script
from voiceover.pipeline.context import from_engines
from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.text.lexicon import Lexicon
from voiceover.voices import load_voice

ROOT = Path(__file__).parents[2]

VALUES = tuple(
    value.encode() for value in (
        "ada", "ben", "nobody", "yes", "no", "on", "~", "null", "''", "3", "-1dB", "+3", "1.5s", "500ms", "2 min", "99999999999", "1e9",
        "en", "pt-BR", "podcast", "-16 LUFS", "{preset: podcast, target: -14}", "mono", "[wav, mp3]", "wav, mp3",
        "{scene: 900, turn: 1s}", "{headings: speak, code: skip}", "{audio: clip.wav, text: Words.}",
        "{audio: ../outside/secret.wav, text: x}", "clip.wav", "link.wav", "lexicon.yaml", "link.yaml", "cover.png",
        "{door: door.wav, far: ../outside/secret.wav}", "{a: link.wav, b: loop}", "[., sub, ../outside, /]",
        "{Ann: ada, Bob: {voice: ben, speed: 1.1}}", "{gif: jif, New York: Noo Yawk}", "2026-11-20", "2026-11-20T09:00:00Z", "draft",
        "f5", "{variant: f3, pitch: 55}", "{whispering: {audio: clip.wav, text: x}}", "&a [x, *b]", "&b {c: *a}", "*a", "!!str x",
        "|\n  two\n  lines", '"\\u00e9\\ud800"', "'it''s'", "[]", "{}", "{a: {b: {c: {d: e}}}}", "# x", "x # y",
    )
)  # fmt: skip
KEYS = tuple(
    key.encode() for key in (
        "title", "show", "season", "episode", "date", "author", "description", "cover", "language", "voice", "cast", "sounds", "assets",
        "intro", "outro", "lexicon", "loudness", "channels", "gaps", "seed", "engine", "model", "steps", "method", "cfg_strength",
        "sway_sampling_coef", "speed", "duration", "disclosure", "commercial", "notes", "read", "format", "voices", "scripts", "voiceover",
        "intro_chapter", "params", "draft", "publishDate", "expiryDate", "audio", "tags",
    )
)  # fmt: skip
VOICE_KEYS = tuple(
    b"description language speed gain licence consent synthetic reference draft styles audio text variant pitch range rate volume".split()
)
YAML_PIECES = (
    b': ', b'\n', b'\n  ', b'\n- ', b'- ', b', ', b'{', b'}', b'[', b']', b'\n\n', b'#', b' #', b'? ', b'---\n', *VALUES, *KEYS,
)  # fmt: skip


@functools.cache
def clip(kind: str = "WAV", subtype: str = "PCM_16", frames: int = 1200) -> bytes:
    """A twentieth of a second of noise."""
    out = io.BytesIO()
    noise = np.random.default_rng(1).standard_normal((frames, 1)).astype(np.float32) * np.float32(0.1)
    soundfile.write(out, noise, 24_000, format=kind, subtype=subtype)
    return out.getvalue()


def standing() -> Files:
    """What scripts and settings may name, and what leads out of the folder."""
    return {
        "clip.wav": clip(),
        "door.wav": clip(),
        "guest.wav": clip(),
        "cover.png": b"\x89PNG\r\n\x1a\n",
        "lexicon.yaml": b"gif: jif\nNguyen: win\n",
        "link.wav": Link("../outside/secret.wav"),
        "link.png": Link("../outside/secret.png"),
        "link.yaml": Link("../outside/secret.yaml"),
        "link": Link("../outside"),
        "loop": Link("loop"),
        "sub/door.wav": clip(),
    }


def fields(rng: random.Random, keys: tuple[bytes, ...], most: int = 6) -> bytes:
    """Lines of ``key: value``."""
    rows = []
    for _ in range(rng.randint(0, most)):
        value = rng.choice(HOSTILE) if rng.random() < 0.15 else rng.choice(VALUES)
        rows.append(rng.choice(keys) + b": " + value)
    return b"\n".join(rows) + b"\n"


def crowd(rng: random.Random, longest: int) -> bytes:
    """A mapping of very many entries, or of very long ones."""
    outer = rng.choice((b"cast", b"sounds", b"lexicon", b"styles", b"assets", b"voices", b"read", b"scripts", b"tags", b"titel"))
    room = min(longest, 10 ** rng.randint(3, 6))
    long = rng.random() < 0.2
    unit = 20_000 if long else rng.randint(4, 30)
    shape = rng.choice((b"  %s: x", b"  - %s", b"  %s: {audio: clip.wav, text: x}", b"  %s: door.wav"))
    names = (b"%s%d" % (b"n" * unit, number) for number in range(max(1, room // (unit + 12))))
    rows = [shape % name for name in names]
    return outer + b":\n" + b"\n".join(rows) + b"\n"


def _text(rng: random.Random, keys: tuple[bytes, ...], seeds: tuple[bytes, ...], longest: int) -> bytes:
    luck = rng.random()
    if luck < 0.01:
        return stretched(rng, YAML_PIECES + HOSTILE, longest)
    if luck < 0.02:
        return crowd(rng, longest) + fields(rng, keys)
    if luck < 0.4:
        return fields(rng, keys)
    if luck < 0.5:
        return some(rng, YAML_PIECES, 30)
    return mutated(rng, rng.choice(seeds) if luck < 0.8 else fields(rng, keys), YAML_PIECES)


# ---------------------------------------------------------------- voice.yaml

VOICE_SEEDS = (
    b"description: A calm narrator.\nlanguage: en-GB\nspeed: 1.0\ngain: 0dB\nlicence: CC0-1.0\nconsent: self\nsynthetic: false\n"
    b"reference: {audio: clip.wav, text: The exact words.}\ndraft: {variant: f3, pitch: 55, range: 50, rate: 165, volume: 100}\n"
    b"styles:\n  whispering: {audio: clip.wav, text: These are whispered., draft: {variant: whisperf, volume: 60}}\n",
    b"licence: CC0-1.0\nreference: {audio: clip.wav, text: Words.}\n",
)


def _make_voice(rng: random.Random, longest: int) -> Files:
    files: dict[str, bytes | Link] = {"voices/x/voice.yaml": _text(rng, VOICE_KEYS, VOICE_SEEDS, longest)}
    if rng.random() < 0.1:
        files["voices/x/clip.wav"] = mutated(rng, clip())
    return files


def _run_voice(folder: Path) -> None:
    try:
        voice = load_voice("X", [folder / "voices"], from_engines())
    except ProblemsError as error:
        problems = Problems()
        problems.found.extend(error.problems)
        check_problems(problems)
        check_error(error, folder)
        raise
    inside = (folder / "voices" / "x").resolve()
    for style in voice.styles.values():
        if style.clip is not None and not style.clip.path.resolve().is_relative_to(inside):
            raise PermissionError(f"{style.clip.path} is outside")


def _standing_voice() -> Files:
    links = {name: Link(content.target.replace("../", "../../../")) for name, content in standing().items() if isinstance(content, Link)}
    return {f"voices/x/{name}": content for name, content in {**standing(), **links}.items()}


# ---------------------------------------------------------------- voiceover.yaml

PROJECT_SEEDS = (
    b"voices: [../voices, voices]\nscripts: ['*.md']\nassets: [sub, .]\n"
    b"engine: draft\nlanguage: en\nloudness: podcast\ngaps: {scene: 900}\n",
    b"title: T\nshow: Fable Hour\ncast: {Ann: ada, Bob: {voice: ben, speed: 1.1, gain: -1dB, lang: de, seed: 7}}\n"
    b"sounds:\n  door: door.wav\n"
    b"lexicon: lexicon.yaml\ncover: cover.png\nintro: door\noutro: sub/door.wav\nread: {headings: speak}\nformat: [wav, mp3]\n",
)


def _make_project(rng: random.Random, longest: int) -> Files:
    return {"voiceover.yaml": _text(rng, KEYS, PROJECT_SEEDS, longest)}


def _run_project(folder: Path) -> None:
    checked = check_script(folder / "script.md")
    problems = Problems()
    problems.found.extend(checked.problems)
    check_problems(problems)


def _standing_project() -> Files:
    return {**standing(), "script.md": b"Hello there, gif of Nguyen.\n"}


# ---------------------------------------------------------------- lexicon files

LEXICON_SEEDS = (
    b"gif: jif\nNguyen: win\nNew York: Noo Yawk\nC++: see plus plus\n'AT&T': a tea and tea\nUS: you ess\n",
    "日本: にほん\nเชียงใหม่: chiang mai\n서울: soul\n".encode(),
)


def _make_lexicon(rng: random.Random, longest: int) -> Files:
    luck = rng.random()
    if luck < 0.02:
        words = [b"a b c d e f"[: rng.randint(1, 11)] + b"%d" % number for number in range(longest // 20)]
        spoken = b" ".join(rng.choice((b"a", b"a b", b"a b c d e f", b"a b3")) for _ in range(min(longest, 10 ** rng.randint(2, 6)) // 4))
        head = b"---\ncast: {Ann: ada}\nlexicon: lexicon.yaml\n---\n\n"
        return {"lexicon.yaml": b"\n".join(b"%s: x" % word for word in words), "script.md": head + spoken + b"\n"}
    return {"lexicon.yaml": _text(rng, (b"gif", b"New York", b"C++", "日本".encode(), b"a b", b"''"), LEXICON_SEEDS, longest)}


def _run_lexicon(folder: Path) -> None:
    problems = Problems()
    script = load_script(folder / "script.md", problems)
    check_problems(problems)
    if script is not None:
        lexicon = Lexicon(script.settings.lexicon or {})
        for segment in script.segments:
            list(lexicon.find(segment.text))


def _standing_lexicon() -> Files:
    spoken = b" ".join(LEXICON_SEEDS).replace(b"\n", b" ")
    return {**standing(), "script.md": b"---\ncast: {Ann: ada}\nlexicon: lexicon.yaml\n---\n\n" + spoken + b"\n"}


KINDS = (
    Kind("voice", _make_voice, _run_voice, _standing_voice),
    Kind("project", _make_project, _run_project, _standing_project),
    Kind("lexicon", _make_lexicon, _run_lexicon, _standing_lexicon),
)
