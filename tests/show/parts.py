"""Shows with finished episodes that nobody had to render: manifests written by hand."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from voiceover.batch.state import OutputState

PODCAST = "{https://podcastindex.org/namespace/1.0}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
FEED = """\
feed:
  base_url: https://cast.town/audio/
  title: The town
  description: News of a small town.
  link: https://cast.town/
  language: en
  author: Ann
  owner: {name: Ann, email: ann@cast.town}
  image: cover.png
  category: [Technology, Society & Culture > Documentary]
  episodes: public
  scripts: episodes
"""
_LEVELS = ("integrated_lufs", "true_peak_dbtp", "range_lu", "max_momentary_lufs", "max_short_term_lufs")
_LOUDNESS = {
    "target": {
        "name": "podcast",
        "integrated_lufs": -16.0,
        "ceiling_db": -1.0,
        "rms_dbfs": None,
        "noise_floor_dbfs": None,
        "mono_reference": "file",
    },
    "before": dict.fromkeys((*_LEVELS, "sample_peak_dbfs", "rms_dbfs", "noise_floor_dbfs"), -20.0),
    "after": dict.fromkeys((*_LEVELS, "sample_peak_dbfs", "rms_dbfs", "noise_floor_dbfs"), -20.0),
    "gain_db": 0.0,
    "limited_db": 0.0,
    "reached": True,
    "note": "",
}


def write_show(folder: Path, feed: str = FEED, cover: bool = True) -> Path:
    """Write show.yaml, with artwork of 1400 pixels, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "show.yaml").write_text(feed, "utf-8")
    if cover:
        write_png(folder / "cover.png", 1400, 1400)
    return folder / "show.yaml"


def write_png(path: Path, width: int, height: int) -> None:
    """Write the header and the end of a PNG, which is all that is read."""
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + len(header).to_bytes(4, "big") + header + b"\0\0\0\0" + b"\0\0\0\0IEND\xaeB`\x82")


def write_episode(
    folder: Path,
    name: str,
    *,
    title: str = "",
    seconds: float = 61.4,
    script: str | None = None,
    front: str = "date: 2026-11-20\ndescription: What happened.",
    said: str = "This voice is synthetic.",
    draft: bool = False,
    suffixes: tuple[str, ...] = (".mp3", ".vtt"),
    audio: bytes = b"ID3 and some bytes of audio",
    **more: Any,
) -> Path:
    """Write a finished episode below ``public`` and its script below ``episodes``; return the path of its manifest without endings."""
    stem = folder / "public" / (name + (".draft" if draft else ""))
    stem.parent.mkdir(parents=True, exist_ok=True)
    files = []
    for suffix in suffixes:
        path = stem.with_name(stem.name + suffix)
        path.write_bytes(audio if suffix == ".mp3" else b"WEBVTT\n")
        data = path.read_bytes()
        files.append({"name": path.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    engine = {
        "name": "draft" if draft else "kokoro",
        "revision": 1,
        "fingerprint": "f",
        "model": None,
        "licence": None,
        "provisional": draft,
    }
    take = {
        **dict.fromkeys(("address", "line_key", "segment_key", "voice_digest", "fingerprint"), "0"),
        "speaker": "Ann",
        "style": "",
        "text": said,
        "spoken": [],
        "options": {},
        "seed": 1,
        "attempt": 0,
        "engine": engine["name"],
        "model": None,
        "revision": 1,
        "seconds": 2.0,
        "voice": "ada",
        "line": 5,
        "start": 0.0,
        "end": 2.0,
    }
    file = f"{Path(name).name}.md" if script is None else script
    content = {
        "schema": 1,
        "synthetic": True,
        "recipe": "r",
        "script": file,
        "title": title or f"Title of {Path(name).name}",
        "seconds": seconds,
        "engine": engine,
        "voices": [],
        "takes": [take] if said else [],
        "loudness": _LOUDNESS,
        "files": files,
        "versions": {},
        **more,
    }
    stem.with_name(f"{stem.name}.manifest.json").write_text(json.dumps(content), "utf-8")
    if file:
        page = folder / "episodes" / Path(name).parent / file
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"---\ntitle: A title\n{front}\n---\n\n{said}\n", "utf-8")
    return stem


def keep_manifests(folder: Path, state: Path) -> OutputState:
    """Move the manifests in ``public`` to the state folder ``state``, as a batch leaves them."""
    kept = OutputState.of(state, folder / "public")
    kept.open(is_default=False)
    for manifest in sorted((folder / "public").rglob("*.manifest.json")):
        target = kept.episodes / manifest.relative_to(folder / "public")
        target.parent.mkdir(parents=True, exist_ok=True)
        manifest.rename(target)
    return kept


def items(feed: Path) -> list[ET.Element]:
    """The items of a feed."""
    return ET.parse(feed).getroot().findall("channel/item")


def titles(feed: Path) -> list[str | None]:
    return [item.findtext("title") for item in items(feed)]
