"""Scripts in Markdown and YAML, and the cues in them."""

from __future__ import annotations

import functools
import json
import random
from pathlib import Path

from tests.fuzz.case import Files, Kind, check_problems
from tests.fuzz.mutate import HOSTILE, mutated, some, stretched
from tests.fuzz.settings_inputs import KEYS, PROJECT_SEEDS, ROOT, VALUES, crowd, fields, standing
from voiceover.script import load_script, read_page
from voiceover.settings.problems import Problems

HEAD = b"---\ntitle: A\ncast: {Narrator: , Town: , Country: }\nsounds: {door: door.wav, theme: guest.wav}\n---\n\n"
SOUP = tuple(
    piece.encode() for piece in (
        "word", "Two words.", "Town", "Town:", "**Town:**", "__Town__:", "[Town]", "[Twon]", "[Town | angry, speed 0.9]",
        "Country (quiet):", "Narator:", "[pause 1s]", "[pause", "[sound: door]", "[music: theme, under, -18dB, fade 2s]",
        "[music: stop]", "[audio: guest.wav]", "[audio: ../x]", "[x](say:y)", "[x](<say:y z>)", "[bon](lang:fr)", "](say:", "](", ")",
        "[", "]", "(", "|", "*", "**", "***", "_", "`", "``", "```\n", "~~~", "\\", "\\\\", "$", "$$", "$x^2$", "\\frac{", "\\sqrt{",
        "^{", "_{", "}", "<", ">", "<!--", "-->", "<b>", "<br/>", "<div>", "</div>", "<p hidden>", "</p>", "<svg>",
        "</svg>", "<table>", "<td>", "<h2>", "<a href='", "<?", "<![CDATA[", "&amp;", "&#0;", "&#x110000;", "&",
        "#", "# A\n", "## B\n", "---\n", "***\n", "===\n", "- ", "1. ", "999999999) ", "> ", "    ", "\t", "  \n", "| a | b |\n",
        "|---|---|\n", "|:-:|", "|", "{{<", ">}}", "{%", "%}", "{{", "}}", "{#", "#}", "[^1]", "[^1]: ", "^[", "![", "![a](b)",
        "[a]: b\n", "[a][b]", "https://a.example/b", "<https://a.example>", "www.b.example", "a@b.example", "\n", "\n", "\n\n", "\n\n",
        " ", " ", ".", ":", "：", "é", "日本", "한국", "ไทย", "عربي", "\xa0", "\u2028", "\u200b", "é", "😀", "\u202e", "+++\n", "...", "{",
        '"', "'", "x: y", " #",
    )
)  # fmt: skip
CUE_PIECES = tuple(
    piece.encode() for piece in (
        "pause", "sound", "music", "audio", "PAUSE", "pauses", ":", " ", ",", "=", "under", "gain", "fade", "stop", "door", "theme",
        "nosuch", "1.5s", "500ms", "-6dB", "+3 dB", "−6dB", "60s", "61s", "2 min", ".5", "5.", "-1", "1e3", "٣", "0", "guest.wav",
        "../outside/secret.wav", "link.wav", "fade 2s", "gain: -3dB", "[", "]", "|", "\n", "\t", "\\", '"', "(", ")", "'", "`", "  ",
        "Town", "]: x", "](say:x)",
    )
)  # fmt: skip


@functools.cache
def _seeds(suffix: str) -> tuple[bytes, ...]:
    found = [path.read_bytes() for path in sorted((ROOT / "scripts_examples").glob(f"*{suffix}"))]
    if suffix == ".md":
        found += [
            HEAD + block.encode()
            for path in sorted((ROOT / "tests/script/fixtures").glob("*.md"))
            for block in path.read_text("utf-8").split("\n.\n")[1::3]
        ]
    return tuple(found)


# ---------------------------------------------------------------- Markdown


def _front(rng: random.Random, longest: int) -> bytes:
    luck = rng.random()
    if luck < 0.3:
        return HEAD
    if luck < 0.45:
        return b""
    if luck < 0.75:
        settings = crowd(rng, longest) if luck < 0.46 else mutated(rng, rng.choice(PROJECT_SEEDS)) if luck < 0.6 else fields(rng, KEYS)
        return b"---\n" + settings + b"---\n\n"
    return _json(rng, longest) if luck < 0.87 else _toml(rng, longest)


def _json(rng: random.Random, longest: int) -> bytes:
    luck = rng.random()
    if luck < 0.03:
        count = min(longest, 10 ** rng.randint(3, 6)) // 20
        shape = rng.choice(('"k%d": %d', '"\\u006b%d": "%d"', '"k%d": {"a": [%d]}', '"a": %d, "b%d": 1', '"k\\"%d": %d'))
        return ("{" + ", ".join(shape % (number, number) for number in range(count)) + "}\n").encode()
    if luck < 0.05:
        deep = min(longest, 10 ** rng.randint(1, 6)) // 6
        return b'{"a":' * deep + rng.choice((b"1", b"")) + b"}" * deep + b"\n"
    if luck < 0.06:
        deep = min(longest, 10 ** rng.randint(1, 6)) // 3
        return b'{"a": ' + b"[" * deep + b"]" * deep + b"}\n"
    values = {
        rng.choice(KEYS).decode(): rng.choice(
            (1, -1.5, True, None, "x", "\ud800", "../\udfff.png", "\U0001f600", [1, "a"], {"Ann": "ada"}, {"a": {"b": "c"}})
        )
        for _ in range(rng.randint(0, 5))
    }
    text = json.dumps(values, indent=rng.choice((None, 1))).encode() + b"\n"
    return mutated(rng, text) if rng.random() < 0.5 else text


_TOML = tuple(
    piece.encode() for piece in (
        'title = "T"', "draft = true", "date = 2026-11-20", "date = 2026-11-20T07:00:00+01:00", "time = 07:30:00", "episode = 3",
        "speed = 1.1", "x = inf", "[cast]", 'Ann = "ada"', "[cast.Bob]", 'voice = "ben"', "[[tags]]", "[params.voiceover]",
        'lexicon = {a = "b", "c d" = \'e\'}', "a.b.c.d = 1", "text = \"\"\"two\nlines\"\"\"", "raw = '''x'''",
        "list = [1, [2, [3]], {a = 1}]", "big = 99999999999999999999", '# a comment "', '"quoted key" = 1', "'' = 2",
    )
)  # fmt: skip


def _toml(rng: random.Random, longest: int) -> bytes:
    luck = rng.random()
    count = min(longest, 10 ** rng.randint(3, 6)) // 12
    if luck < 0.03:
        shape = rng.choice((b"k%d = 1", b"[t%d]", b'"\\u006b%d" = 1', b"a.b%d = 1", b"[[a.b%d]]", b"'k %d' = 1"))
        rows = [shape % number for number in range(count)]
    elif luck < 0.06:
        shape = rng.choice((b"a = %s1", b"a%s = 1", b"[a%s]", b"a = %s"))
        rows = [shape % (rng.choice((b"[", b".a", b"{a=", b'"', b"'''", b"\\u0041")) * count)]
    else:
        rows = [rng.choice(_TOML) for _ in range(rng.randint(0, 8))]
    text = b"+++\n" + b"\n".join(rows) + b"\n+++\n"
    return mutated(rng, text) if rng.random() < 0.4 else text


def _make_markdown(rng: random.Random, longest: int) -> Files:
    luck = rng.random()
    if luck < 0.01:
        text = _front(rng, longest) + stretched(rng, SOUP, longest)
    elif luck < 0.013:
        count = min(longest, 10 ** rng.randint(3, 6)) // 30
        line = rng.choice(
            (
                b"Towm%d: x y z\n\n",
                b"**Towm%d:** x\n\n",
                b"[Towm%d] x\n\n",
                b"[Towm%d | x] y\n\n",
                b"[sound: a%d]\n\n",
                b"[^%d] x\n\n[^%d]: y\n\n",
                b"[a%d]: b\n\n",
            )
        )
        names = b"".join(b"  Town%d: ada\n" % number for number in range(count))
        head = rng.choice(
            (
                HEAD,
                b"---\ncast:\n" + names + b"---\n\n",
                b"---\ncast: {Ann: ada}\nsounds:\n" + names.replace(b"ada", b"door.wav") + b"---\n\n",
            )
        )
        text = head + b"".join(line % ((number,) * line.count(b"%d")) for number in range(count))
    elif luck < 0.35:
        text = mutated(rng, rng.choice(_seeds(".md")), SOUP)
    else:
        text = _front(rng, longest) + some(rng, SOUP, 40)
        if rng.random() < 0.2:
            text = mutated(rng, text, SOUP, 2)
    return {"script.md": text}


def _run(name: str, folder: Path) -> None:
    path = folder / name
    problems = Problems()
    script = load_script(path, problems)
    check_problems(problems)
    if script is None and not problems.errors:
        raise AssertionError("nothing was read, and nothing said")
    if not any(problem.code in ("not-utf-8", "nul-byte", "too-large", "not-a-script") for problem in problems.found):
        read_page(path.read_bytes().decode("utf-8"), path)


def _run_markdown(folder: Path) -> None:
    _run("script.md", folder)


def _run_yaml(folder: Path) -> None:
    _run("script.yaml", folder)


# ---------------------------------------------------------------- YAML

_SEGMENTS = (
    b'A Town Mouse came in.', b'Town: Come with me.', b'"Town: [pause 1s] x"',
    b'{speaker: Town, text: Hush., style: quiet, speed: 0.9, pause_after: 500ms}', b'pause: 1s', b'scene', b'chapter: In *town*',
    b'{sound: door, gain: -6dB}', b'{music: theme, under: true, gain: -18dB, fade: 2s}', b'music: stop',
    b'{speaker: Country, audio: guest.wav, text: x}', b'{Town: x, audio: ../outside/secret.wav}', b'{text: x, lang: fr, seed: 7}',
    b'[a, b]', b'|\n    two\n    lines', b"''", b'{speaker: [a], text: {b: c}}', b'{pause: []}', b'{chapter: {}}', b'{Twon: x}', b'&a x',
    b'*a', b'>-\n    x\n\n    y', b'"\\\n    A\\u00e9\\x41\\U0001f600 [Twon]"', b"'it''s [pause 2s]'",
)  # fmt: skip


def _make_yaml(rng: random.Random, longest: int) -> Files:
    luck = rng.random()
    if luck < 0.01:
        text = b"cast: {Narrator: , Town: }\nsegments:\n" + stretched(rng, (*(b"- " + row + b"\n" for row in _SEGMENTS), *SOUP), longest)
    elif luck < 0.015:
        text = crowd(rng, longest) + b"segments: [Hello there.]\n"
    elif luck < 0.018:
        unit = rng.choice((b"[", b"{a: ", b"- ", b"? ", b"a: &a ", b"!!str ", b"'", b'"\\x41', b"a:\n", b"- - "))
        text = b"segments: " + rng.choice((b"", b"\n  ")) + unit * (min(longest, 10 ** rng.randint(2, 6)) // len(unit))
    elif luck < 0.35:
        text = mutated(rng, rng.choice(_seeds(".yaml")), _SEGMENTS + SOUP)
    else:
        head = (
            fields(rng, KEYS)
            if rng.random() < 0.5
            else b"title: A\ncast: {Narrator: , Town: , Country: }\nsounds: {door: door.wav, theme: guest.wav}\n"
        )
        rows = []
        for _ in range(rng.randint(0, 8)):
            luck = rng.random()
            if luck < 0.6:
                row = rng.choice(_SEGMENTS)
            elif luck < 0.8:
                row = rng.choice((b"", b"Town: ", b"{speaker: Town, text: ", b'"', b"'", b"|\n    ", b"chapter: ")) + some(rng, SOUP, 12)
            else:
                row = rng.choice((*VALUES, *HOSTILE))
            rows.append(b"  - " + row + b"\n")
        text = head + b"segments:\n" + b"".join(rows)
    return {"script.yaml": text}


# ---------------------------------------------------------------- JSON, and files that are not scripts

_OTHER_WORDS = (
    b"segments", b"dialogue", b"turns", b"script", b"data", b"messages", b"speaker", b"role", b"name", b"text", b"content", b"line",
    b"cast", b"title", b"start", b"end", b"Town", b"chapter", b"pause", b"scene",
)  # fmt: skip
_DATA_SEEDS = (
    b'{"title": "A", "cast": {"Town": "ada"}, "segments": [{"speaker": "Town", "text": "Come \\u00e9."}, {"pause": "1s"}, "scene"]}',
    b'{"data": {"dialogue": [{"role": "host", "content": "One."}, {"role": "guest", "content": "Two."}]}}',
    b'[["Ann", "One."], ["Bo", "Two."]]',
    b'{"speaker": "Ann", "text": "One."}\n{"speaker": "Bo", "text": "Two."}\n',
    b"1\n00:00:01,000 --> 00:00:03,000\nAnn: One.\n\n2\n00:00:03,500 --> 00:00:05,000\nBo: Two.\n",
    b"WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ann>One.\n",
    b"Title: A\nCredit: by\n\nINT. ROOM - DAY\n\nANN\nOne.\n",
    b"PK\x03\x04mimetypeapplication/epub+zip", b"%PDF-1.7", b"<?xml version='1.0'?><!-- a --><tt xmlns='ttml'/>", b"\xff\xfb\x90\0",
)  # fmt: skip


def _make_data(rng: random.Random, longest: int) -> Files:
    luck = rng.random()
    if luck < 0.02:
        unit = rng.choice((b"[", b'{"a": ', b'[{"', b'"\\ud83d', b"<!--", b"00:01.000 --> 00:02.000\n", b"INT. A\n\nB\n", b"```\n"))
        text = unit * (min(longest, 10 ** rng.randint(2, 6)) // len(unit))
    elif luck < 0.6:
        text = mutated(
            rng, rng.choice(_DATA_SEEDS), (*(b'"%s": ' % word for word in _OTHER_WORDS), b"[", b"]", b"{", b"}", b"null", *HOSTILE)
        )
    else:
        text = b"{" + b", ".join(b'"%s": %s' % (rng.choice(_OTHER_WORDS), _json_value(rng, 3)) for _ in range(rng.randint(0, 5))) + b"}"
    return {rng.choice(("script.json", "script.md")): text}


def _json_value(rng: random.Random, depth: int) -> bytes:
    luck = rng.random()
    if depth and luck < 0.3:
        return b"[" + b", ".join(_json_value(rng, depth - 1) for _ in range(rng.randint(0, 4))) + b"]"
    if depth and luck < 0.6:
        return b"{" + b", ".join(b'"%s": %s' % (rng.choice(_OTHER_WORDS), _json_value(rng, depth - 1)) for _ in range(3)) + b"}"
    return rng.choice((b'"Ann: One. [pause 1s]"', b'"Town"', b'""', b'"\\n\\u200f"', b"null", b"1.50", b"true", b'"scene"', b"1e999"))


def _run_data(folder: Path) -> None:
    _run("script.json" if (folder / "script.json").exists() else "script.md", folder)


# ---------------------------------------------------------------- cues


def _make_cue(rng: random.Random, longest: int) -> Files:
    if rng.random() < 0.005:
        cue = stretched(rng, CUE_PIECES, longest // 2)  # a line may have it twice
    else:
        cue = rng.choice((b"pause", b"sound: ", b"music: ", b"audio: ", b"")) + some(rng, CUE_PIECES, 10)
        if rng.random() < 0.1:
            cue = mutated(rng, cue, HOSTILE, 2)
    line = rng.choice(
        (
            b"Town: Hello there. [%s] And so on.\n",
            b"[%s]\n",
            b"Town: [%s] What is said.\n",
            b"## Here [%s]\n\nHello there.\n",
            b"- [%s]\n- *[%s]*\n",
        )
    )
    quoted = json.dumps(cue.decode("utf-8", "replace")).encode()
    kind = rng.choice((b"pause", b"sound", b"music", b"audio", b"pause_after"))
    segment = rng.choice((b"  - {text: x, %s: %s}\n", b"  - {%s: %s}\n", b"  - {sound: door, %s: %s}\n", b"  - Town: x\n    %s: %s\n")) % (
        kind,
        quoted,
    )
    head = b"cast: {Narrator: , Town: }\nsounds: {door: door.wav, theme: guest.wav}\n"
    return {
        "script.md": HEAD + line.replace(b"%s", cue),
        "script.yaml": head + b"segments:\n" + segment + b'  - "[' + quoted[1:-1] + b']"\n',
    }


def _run_cue(folder: Path) -> None:
    _run("script.md", folder)
    _run("script.yaml", folder)


KINDS = (
    Kind("markdown", _make_markdown, _run_markdown, standing),
    Kind("yaml", _make_yaml, _run_yaml, standing),
    Kind("data", _make_data, _run_data, standing),
    Kind("cues", _make_cue, _run_cue, standing),
)
