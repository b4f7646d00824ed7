"""Output of ``voiceover models``."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import click

from voiceover.cli.terminal import echo, plain
from voiceover.settings.terms import UNSTATED
from voiceover.system.sizes import size_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voiceover.models import AddedModel, Download
    from voiceover.types.models import BundledVoice, ModelRecord, QuantizeRow


def terms(download: Download) -> list[str]:
    """Describe what will be downloaded, and its licence."""
    row = download.row
    lines = [
        f"{row.name}: {row.repository} at {download.revision[:12]}, {size_in_words(download.bytes)}",
        f"  licence: {row.licence}, {use_of(row.commercial)}",
    ]
    if row.note:
        lines.append(f"  {row.note}")
    if row.revision is None:
        lines.append("  no revision is pinned for this model: the newest commit is downloaded and recorded")
    return lines


def confirm(downloads: Sequence[Download]) -> None:
    """Ask whether the licences are accepted. Raises InputError if there is no terminal."""
    from voiceover.errors import InputError

    licences = ", ".join(dict.fromkeys(each.row.licence for each in downloads))
    if not sys.stdin.isatty():
        raise InputError(f"the licence must be accepted ({licences}); use --accept-licence in non-interactive jobs")
    click.confirm(plain(f"Accept ({licences})?"), abort=True, err=True)


def print_added(added: AddedModel, say: Callable[[str], None]) -> None:
    """Describe a model that was added to the store."""
    record = added.record
    say(f"{record.name}: {record.layout}, {size_in_words(record.bytes)}, {record.licence}, {use_of(record.commercial)}")
    if added.voice is not None:
        for line in _clip_words(added.voice):
            say(f"  {line}")


def _clip_words(voice: BundledVoice) -> list[str]:
    """Describe a reference clip that came with a model, and what the user can do with it."""
    if voice.made and voice.licence:
        return [f"with it came the voice {voice.name}: {voice.folder}"]
    if voice.made and voice.folder is not None:
        file = voice.folder / "voice.yaml"
        return [
            f"with it came the voice {voice.name} without a licence; it cannot be used until {file} has, "
            f'in place of "licence": "{UNSTATED}", its "licence" (such as CC0-1.0) or "consent" (who agreed, and when)'
        ]
    without = "" if voice.text else ", without its words"
    if voice.folder is not None:
        there = f"with it came the clip {voice.clip}{without}"
        there += f"; there is a voice {voice.name} already, which was left unchanged: {voice.folder}"
        file = voice.folder / "voice.yaml"
        if file.is_file() and UNSTATED in file.read_text("utf-8", "replace"):
            there += f'; that one has no licence and cannot be used until {file} has its "licence" or "consent"'
        return [there]
    command = f"voiceover voices add {voice.name} --audio {shlex.quote(str(voice.clip))}"
    return [
        f"with it came the clip {voice.clip}{without}; to make it a voice, add its words, and --licence ID or the speaker's consent:",
        f"{command} --text 'its exact words' --consent 'who agreed, and when'",
    ]


def settle(record: ModelRecord, say: Callable[[str], None]) -> None:
    """Pick a precision for a newly installed model. Failure here does not uninstall it."""
    from voiceover.errors import VoiceoverError
    from voiceover.pipeline.doctor import settle_precision
    from voiceover.types.models import MODEL

    if record.kind != MODEL:
        return
    try:
        settle_precision(record.name)  # logs its own result
    except VoiceoverError as error:
        say(f"{record.name} is installed; its precision could not be chosen yet: {error}")


def print_table(lines: Sequence[QuantizeRow]) -> None:
    """Print the table of quantized tensors."""
    wide = max(len(line.what) for line in lines)
    echo(f"{'':<{wide}}  tensors     before      after")
    for line in lines:
        echo(f"{line.what:<{wide}}  {line.tensors:>7}  {size_in_words(line.before):>9}  {size_in_words(line.after):>9}")
    before, after = sum(line.before for line in lines), sum(line.after for line in lines)
    echo(f"{'total':<{wide}}  {sum(line.tensors for line in lines):>7}  {size_in_words(before):>9}  {size_in_words(after):>9}")


def record_json(record: ModelRecord, default: str | None) -> dict[str, object]:
    """Return the facts of an installed model for ``--json``."""
    return {
        "name": record.name,
        "installed": True,
        "default": record.name == default,
        "kind": record.kind,
        "architecture": record.architecture,
        "languages": sorted(record.languages or ()),
        "licence": record.licence,
        "commercial use": record.commercial,
        "preset": record.preset,
        "layout": record.layout,
        "source": record.source,
        "revision": record.revision,
        "vocoder": record.vocoder,
        "bytes": record.bytes,
        "digest": record.digest,
        "note": record.note,
    }


def use_of(commercial: bool) -> str:
    """Say whether a licence allows commercial use."""
    return "may be used commercially" if commercial else "not for commercial use"
