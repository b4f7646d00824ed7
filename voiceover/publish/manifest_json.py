"""Writes a manifest as JSON."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from typing import Any

from voiceover.publish.credits import Credit
from voiceover.publish.json_text import indented
from voiceover.publish.manifest import SCHEMA, Manifest, ManifestEngine, ManifestTake
from voiceover.types import LoudnessReport, RecordedLine


def manifest_text(manifest: Manifest) -> str:
    """Return ``manifest_pieces`` as one string."""
    return "".join(manifest_pieces(manifest))


def manifest_pieces(manifest: Manifest) -> Iterator[str]:
    """Yield the manifest as JSON with sorted keys, -inf and NaN as null, and a final line feed.

    Each piece has at most one take, so that the text of a long episode is never in memory as a whole.
    """
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "synthetic": bool(manifest.engines),
        "recipe": manifest.recipe,
        "script": manifest.script,
        "title": manifest.title,
        "seconds": manifest.seconds,
        "voices": [asdict(voice) for voice in manifest.voices],
        "chapters": [{"title": chapter.title, "start": chapter.start_seconds} for chapter in manifest.chapters],
        "takes": manifest.takes,
        "loudness": _loudness_fields(manifest.loudness),
        "files": [asdict(file) for file in manifest.files],
        "versions": dict(manifest.versions),
    }
    if manifest.engines:
        content["engine"] = _engine_fields(manifest.engines[0])
    if manifest.disclosure is not None:
        content["disclosure"] = asdict(manifest.disclosure)
        content["credits"] = [_credit_fields(credit) for credit in manifest.credits]
    content |= _optional_fields(manifest)
    if len(manifest.engines) > 1:
        content["engines"] = [{**_engine_fields(engine), "speakers": list(engine.speakers)} for engine in manifest.engines]
    before = "{"
    for key in sorted(content):
        yield f'{before}\n "{key}": '
        before = ","
        if key == "takes" and manifest.takes:
            for number, take in enumerate(manifest.takes):
                # A word and its time are a pair: an episode has thousands.
                yield f"{',' if number else '['}\n  {indented(_take_fields(take), 2, in_order=False, pairs=True)}"
            yield "\n ]"
        else:
            yield indented(content[key], 1, in_order=False)
    yield "\n}\n"


def _optional_fields(manifest: Manifest) -> dict[str, Any]:
    """Return what only some episodes have: without it a manifest is the one that older versions wrote."""
    content: dict[str, Any] = {}
    for name in ("author", "language", "show"):
        if value := getattr(manifest, name):
            content[name] = value
    if manifest.parts:
        content["parts"] = [asdict(part) for part in manifest.parts]
    if manifest.book is not None:
        content["book"] = asdict(manifest.book)
    if manifest.suspect:
        content |= {"suspect": True, "retakes": manifest.retakes}
    for name in ("sounds", "recordings"):
        if rows := getattr(manifest, name):
            content[name] = [asdict(row) for row in rows]
    if manifest.music is not None:
        content["music"] = asdict(manifest.music)
    return content


def _loudness_fields(report: LoudnessReport) -> dict[str, Any]:
    fields = asdict(replace(report, profile=None))
    del fields["profile"]
    if (profile := report.profile) is not None:
        fields["profile"] = {"peaks": b64encode(profile.peaks).decode(), "levels": b64encode(profile.levels).decode()}
    return fields


def _engine_fields(engine: ManifestEngine) -> dict[str, Any]:
    fields = asdict(engine)
    del fields["speakers"]
    if engine.repeatable:
        del fields["repeatable"]
    return fields


def _credit_fields(credit: Credit) -> dict[str, Any]:
    fields = asdict(credit)
    if not credit.words:
        del fields["words"]
    return fields


def _take_fields(take: ManifestTake) -> dict[str, Any]:
    line = {field.name: getattr(take.line, field.name) for field in fields(RecordedLine)}
    line["options"] = {name: value for name, value in asdict(take.line.options).items() if value is not None}
    line["spoken"] = [span.record for span in take.line.spoken]
    place = {"voice": take.voice, "line": take.source_line, "start": take.start_seconds, "end": take.end_seconds}
    findings = [{name: value for name, value in asdict(finding).items() if value is not None} for finding in take.findings]
    optional = {
        "words": take.words,
        "findings": findings,
        "suspect": take.suspect,
        "recording": take.recording,
        "attempts": line.pop("attempts"),
    }
    return line | place | {name: value for name, value in optional.items() if value}
