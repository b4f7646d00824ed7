"""What ``voiceover models`` says."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import click

from voiceover.cli.terminal import echo, plain
from voiceover.settings.terms import UNSTATED
from voiceover.system.files import size_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voiceover.models import Line, Record, Taken
    from voiceover.models.archive import ArchiveVoice
    from voiceover.models.pull import Wanted


def terms(wanted: Wanted) -> list[str]:
    """What will be fetched, and under which licence."""
    row = wanted.row
    lines = [
        f"{row.name}: {row.repository} at {wanted.revision[:12]}, {size_in_words(wanted.bytes)}",
        f"  licence: {row.licence}, {use_of(row.commercial)}",
    ]
    if row.note:
        lines.append(f"  {row.note}")
    if row.revision is None:
        lines.append("  no revision is pinned for this model: the newest is taken, and its commit recorded")
    return lines


def confirm(wanted: Sequence[Wanted]) -> None:
    """Ask whether the licences are accepted. Raises InputError where nobody can be asked."""
    from voiceover.errors import InputError

    licences = ", ".join(dict.fromkeys(each.row.licence for each in wanted))
    if not sys.stdin.isatty():
        raise InputError(f"the licence must be accepted ({licences}); where nobody can be asked, with --accept-licence")
    click.confirm(plain(f"Accept ({licences})?"), abort=True, err=True)


def say_taken(taken: Taken | Record, tell: Callable[[str], None]) -> None:
    """What has come into the store."""
    from voiceover.models import Record

    record = taken if isinstance(taken, Record) else taken.record
    tell(f"{record.name}: {record.layout}, {size_in_words(record.bytes)}, {record.licence}, {use_of(record.commercial)}")
    if not isinstance(taken, Record) and taken.voice is not None:
        for line in _clip_words(taken.voice):
            tell(f"  {line}")


def _clip_words(voice: ArchiveVoice) -> list[str]:
    """What there is to say, and to do, of a reference clip that came with a model."""
    if voice.made and voice.licence:
        return [f"with it came the voice {voice.name}: {voice.folder}"]
    if voice.made and voice.folder is not None:
        file = voice.folder / "voice.yaml"
        return [
            f"with it came the voice {voice.name}, and nothing says who may use it; it is not spoken until {file} has, "
            f'in place of "licence": "{UNSTATED}", its "licence" (such as CC0-1.0) or "consent" (who agreed, and when)'
        ]
    without = "" if voice.text else ", without its words"
    if voice.folder is not None:
        there = f"with it came the clip {voice.clip}{without}; there is a voice {voice.name} already, which stays as it was: {voice.folder}"
        file = voice.folder / "voice.yaml"
        if file.is_file() and UNSTATED in file.read_text("utf-8", "replace"):
            there += f'; nothing says who may use that, so it is not spoken until {file} has its "licence" or "consent"'
        return [there]
    command = f"voiceover voices add {voice.name} --audio {shlex.quote(str(voice.clip))}"
    return [
        f"with it came the clip {voice.clip}{without}; it can be made a voice with these, and with --licence ID or the speaker's consent:",
        f"{command} --text 'its exact words' --consent 'who agreed, and when'",
    ]


def settle(taken: Taken | Record, tell: Callable[[str], None]) -> None:
    """Have it found what a new model runs in on this machine. It stays installed whatever comes of that."""
    from voiceover.errors import VoiceoverError
    from voiceover.models import Record
    from voiceover.pipeline.doctor import settle_precision

    record = taken if isinstance(taken, Record) else taken.record
    if record.architecture is None:  # a vocoder
        return
    try:
        settle_precision(record.name)  # the search tells what it found
    except VoiceoverError as error:
        tell(f"{record.name} is installed; which precision it runs in could not be found yet: {error}")


def print_table(lines: Sequence[Line]) -> None:
    """What becomes of the tensors."""
    wide = max(len(line.what) for line in lines)
    echo(f"{'':<{wide}}  tensors     before      after")
    for line in lines:
        echo(f"{line.what:<{wide}}  {line.tensors:>7}  {size_in_words(line.before):>9}  {size_in_words(line.after):>9}")
    before, after = sum(line.before for line in lines), sum(line.after for line in lines)
    echo(f"{'in all':<{wide}}  {sum(line.tensors for line in lines):>7}  {size_in_words(before):>9}  {size_in_words(after):>9}")


def record_json(record: Record, default: str | None) -> dict[str, object]:
    """A model of the store for a machine."""
    return {
        "name": record.name,
        "installed": True,
        "default": record.name == default,
        "kind": record.kind,
        "architecture": record.architecture,
        "languages": list(record.languages or ()),
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
    """Whether it may be used commercially, in words."""
    return "may be used commercially" if commercial else "not for commercial use"
