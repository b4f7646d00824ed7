"""Pages of scripts and manifests that come from somebody else: nothing in them is executed, and nothing breaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.chromium import DESKTOP, PHONE, Chromium
from tests.browser.conftest import run

pytestmark = pytest.mark.slow

ATTACKS = (
    "</script><script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 2'>",
    "\"'><svg onload=window.hit=3>",
    "</textarea></title></style><script>hit = 4</script>",
    "javascript:window.hit=5//",
    "{{ 7 * 7 }}{% raw %}${hit = 6}`<!--",
    "\u202emirrored\u2066 \u2028line\u2029 \ufeff\u200b AUDIO-IN-BASE64",
    "&lt;b&gt; &amp;",
)
LONG = "wide" * 1250
DISABLED = "javascript:window.hit=7"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An episode with attacks in every text that reaches a page, and in the names of its files."""
    folder = tmp_path_factory.mktemp("hostile")
    names = [f"Speaker {number}" for number in range(len(ATTACKS))]
    script = {
        "title": " ".join((*ATTACKS, LONG)),
        "show": ATTACKS[0] + LONG,
        "author": ATTACKS[1],
        "description": "".join(ATTACKS),
        "cast": dict.fromkeys(names, "ada"),
        "segments": [
            {"chapter": ATTACKS[0] + LONG},
            *({"speaker": name, "text": f"{attack} word."} for name, attack in zip(names, ATTACKS, strict=True)),
            {"chapter": ATTACKS[3]},
            {"speaker": names[0], "text": "Well, " + "".join(ATTACKS)},
        ],
    }
    (folder / f"{DISABLED}.yaml").write_text(json.dumps(script))
    run(folder, "render", f"./{DISABLED}.yaml", "--engine", "draft", "-o", "out")
    manifest = folder / "out" / f"{DISABLED}.draft.manifest.json"
    content = json.loads(manifest.read_text("utf-8"))
    content["engine"] |= {"name": ATTACKS[0], "model": ATTACKS[1], "fingerprint": ATTACKS[2], "licence": ATTACKS[3]}
    content["disclosure"]["statement"] = "".join(ATTACKS)
    content["credits"] += [
        {"kind": "voice", "name": each, "speakers": [each], "licence": each, "consent": False, "commercial": True} for each in ATTACKS
    ]
    for take in content["takes"]:
        take["speaker"] = ATTACKS[int(take["speaker"].split()[1])]
        take["voice"] = take["model"] = take["style"] = ATTACKS[3]
        take["findings"] = [{"check": ATTACKS[0], "message": ATTACKS[1] + LONG, "begin_seconds": 0.1, "end_seconds": 0.3}]
        take["suspect"] = True
    content["takes"][-1]["text"] += LONG
    manifest.write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize("command", ["page", "page --embed", "review"])
def test_nothing_in_them_is_executed(command: str, chromium: Chromium, hostile: Path) -> None:
    name, *flags = command.split()
    page = hostile / run(hostile, name, f"./{DISABLED}.yaml", "-o", "out", *flags).strip()
    for size in (PHONE, DESKTOP):
        chromium.open(page, size=size)
        chromium.run("for (const details of document.querySelectorAll('details')) details.open = true")
        assert chromium.run("return window.hit") is None
        assert chromium.count("script:not(body > script), img, svg[onload], iframe, object, embed") == 0
        assert chromium.run("return [...document.links].filter((link) => link.protocol === 'javascript:').length") == 0
        assert chromium.run("return document.documentElement.scrollWidth <= window.innerWidth")
        assert chromium.complaints() == []
        assert chromium.requests() == []
        shown = chromium.run("return document.body.textContent")
        assert all(" ".join(attack.split()) in " ".join(shown.split()) for attack in ATTACKS[:5])


def test_the_audio_of_a_hostile_name_plays(chromium: Chromium, hostile: Path) -> None:
    page = hostile / run(hostile, "page", f"./{DISABLED}.yaml", "-o", "out").strip()
    chromium.open(page)
    chromium.wait("return audio.readyState >= 2")
    chromium.run("seek(1, true)")
    chromium.wait("return audio.currentTime > 1.2")
    assert chromium.run("return find('a[download]').protocol") == "file:"
    assert chromium.complaints() == []


def test_its_policy_stops_what_a_template_would_let_through(chromium: Chromium, hostile: Path) -> None:
    page = hostile / run(hostile, "page", f"./{DISABLED}.yaml", "-o", "out").strip()
    spoiled = page.with_name("spoiled.html")
    more = "<script>window.hit = 1</script><img src='https://example.invalid/x.png' onerror='window.hit = 2'><b style='color: red'>b</b>"
    spoiled.write_text(page.read_text("utf-8").replace("<header>", f"<header>{more}"), "utf-8")
    chromium.open(spoiled)
    assert chromium.run("return window.hit") is None
    assert chromium.requests() == []
    assert len([said for said in chromium.complaints() if "Content Security Policy" in said]) >= 4
