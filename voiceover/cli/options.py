"""Options that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from voiceover.audio.formats import AUDIO_SUFFIXES, FORMATS, LOSSY, SAMPLE_RATES
from voiceover.cli.completion import (
    complete_channels,
    complete_engines,
    complete_formats,
    complete_loudness,
    complete_models,
    complete_sample_rates,
    complete_splits,
    complete_voices,
)
from voiceover.cli.help import GroupedCommand
from voiceover.settings.layers import DEFAULT_RETAKES

if TYPE_CHECKING:
    from voiceover.pipeline.job import Job
    from voiceover.types import OptionSpec, Settings

Command = TypeVar("Command", bound=Callable[..., Any])
_SUFFIXES, _FORMATS = ", ".join(AUDIO_SUFFIXES), ", ".join(FORMATS)
_LOSSY, _RATES = ", ".join(FORMATS[name].label for name in LOSSY), " or ".join(map(str, SAMPLE_RATES))

script_argument = click.argument("script", type=click.Path(path_type=Path))
scripts_argument = click.argument("scripts", nargs=-1, required=True, type=click.Path(path_type=Path))
"""Each may be - for standard input; see ``job_for``."""
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
cache_option = click.option(
    "--cache-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for takes. [default: VOICEOVER_CACHE, else the user's cache folder]",
)
store_option = click.option(
    "--store",
    metavar="URL",
    help="Take store shared by several machines: a folder or s3://BUCKET/FOLDER. Takes found there are not recorded again.",
)
state_option = click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for manifests and unfinished files of a batch. [default: .voiceover beside the project file]",
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    help="Number of recording processes per machine. [default: what suits the engine and the machine]",
)
cluster_option = click.option(
    "--cluster", metavar="ADDRESS", help="Record on a Ray cluster; `auto` uses the cluster running on this machine. Needs --store."
)
retakes_option = click.option(
    "--retakes", type=int, help=f"How often a line is recorded again if a check finds its take suspect. [default: {DEFAULT_RETAKES}]"
)
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help=f"A folder, or a file ending in {_SUFFIXES}. [default: the current folder]",
)


split_option = click.option(
    "--split",
    metavar="chapters",
    shell_complete=complete_splits,
    help="Write files for each chapter, mastered by itself, in place of those of the whole episode; none switches it off.",
)


stems_option = click.option(
    "--stems/--no-stems",
    default=None,
    help="Also write a file per speaker, and one each for sounds and music, for an editor (see docs/stems.md). [default: the script's]",
)


quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print only errors.")


_VOICE_SETTINGS = (
    click.option("--engine", shell_complete=complete_engines, help="Engine to speak with; `voiceover doctor` lists them. [default: auto]"),
    click.option("--model", shell_complete=complete_models, help="Installed model to speak with. [default: the one set by `models use`]"),
    click.option("--voice", shell_complete=complete_voices, help="Voice of every speaker."),
    click.option("--language", help="Language of every speaker, such as en or de."),
)
_SETTINGS = (
    *_VOICE_SETTINGS,
    click.option("--speed", type=float, help="Speaking rate factor for every line."),
    click.option("--seed", type=int, help="Random seed; another seed gives another performance."),
    click.option("--loudness", shell_complete=complete_loudness, help="podcast, spotify, ebu, acx, or a number of LUFS."),
    click.option(
        "--format",
        "formats",
        multiple=True,
        shell_complete=complete_formats,
        help=f"Audio formats: {_FORMATS}. Separate several by commas, or repeat the flag.",
    ),
    click.option("--bitrate", metavar="KBPS", help=f"Bitrate of {_LOSSY} files. [default: each format's]"),
    click.option("--sample-rate", metavar="HZ", shell_complete=complete_sample_rates, help=f"{_RATES}. [default: each format's]"),
    click.option("--channels", shell_complete=complete_channels, help="mono or stereo. [default: mono, unless a sound is stereo]"),
)

listen_option = click.option(
    "--listen/--no-listen", default=None, help="Judge every take by ear, with a recognizer (see docs/takes.md). [default: the script's]"
)


def _share_cores(_context: click.Context, _option: click.Parameter, threads: int | None) -> None:
    if threads is not None:
        from voiceover.system.cpu import use_cores

        use_cores(threads)


_threads_option = click.option(
    "--threads",
    type=click.IntRange(1),
    callback=_share_cores,
    expose_value=False,
    help="CPU cores to use, shared among --jobs. [default: all available]",
)
_more_option = click.option(
    "--engine-option", "engine_option", multiple=True, metavar="KEY=VALUE", help="Set an option of the chosen engine; can be repeated."
)


class EngineCommand(GroupedCommand):
    """A command whose flags include those that voiceover's own engines declare; they are loaded only for this command."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        parameters = super().get_params(ctx)
        at = next((index for index, parameter in enumerate(parameters) if parameter.name == "threads"), len(parameters))
        return [*parameters[:at], *_engine_flags(), *parameters[at:]]


@cache
def _engine_flags() -> tuple[click.Option, ...]:
    """Make one flag of each option that voiceover's own engines declare for the whole engine."""
    from voiceover.engines import declared_options, own_engines

    return tuple(_flag(spec) for name in own_engines() for spec in declared_options(name) if not spec.per_line)


def _flag(spec: OptionSpec) -> click.Option:
    from voiceover.types import Kind

    is_flag = spec.kind is Kind.SWITCH
    default = f" [default: {spec.default}]" if spec.default is not None and not is_flag else ""
    kind: click.ParamType[Any] | None = None
    if spec.kind is Kind.CHOICE:
        kind = click.Choice(spec.choices)
    elif spec.kind is Kind.INTEGER:
        kind = click.IntRange(None if spec.low is None else int(spec.low), None if spec.high is None else int(spec.high))
    elif spec.kind is Kind.NUMBER:
        kind = click.FloatRange(spec.low, spec.high)
    return click.Option([f"--{spec.name}"], type=kind, is_flag=is_flag, default=False if is_flag else None, help=spec.help + default)


def engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give an ``EngineCommand`` the options of engines; it gets those that were set as ``engine_choices`` (``Job.engine_options``)."""

    @wraps(command)
    def run(*, engine_option: tuple[str, ...], **others: object) -> None:
        choices: dict[str, str] = {}
        for flag in _engine_flags():
            value = others.pop(str(flag.name))
            if value is not None and value is not False:
                choices[flag.opts[0].removeprefix("--")] = "yes" if value is True else str(value)
        for text in engine_option:
            key, equals, value = (part.strip() for part in text.partition("="))
            if not (key and equals and value):
                raise click.BadParameter(f'"{text}" must be KEY=VALUE, such as precision=fp32', param_hint="--engine-option")
            if choices.setdefault(key, value) != value:
                raise click.UsageError(f"{key} is set twice, to {choices[key]} and to {value}; give one")
        command(engine_choices=choices, **others)

    return _threads_option(_more_option(run))


def settings_options(command: Command) -> Command:
    """Add the flags that override a script's settings; ``flags`` reads them."""
    return _with(_SETTINGS, command)


def voice_options(command: Command) -> Command:
    """Add those of them that decide who speaks, for a command whose other flags are for one line."""
    return _with(_VOICE_SETTINGS, command)


def _with(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def job_for(script: Path, *arguments: Any, **more: Any) -> Job:
    """Return the job for a script given on the command line; - is Markdown on standard input."""
    from voiceover.pipeline.job import Job
    from voiceover.script import MAX_BYTES
    from voiceover.settings.layers import STDIN, STDIN_NAME

    job = Job(script, *arguments, **more)
    if script != STDIN:
        return job
    return replace(job, name=STDIN_NAME, data=sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin is not None else b"")


def check_scripts(scripts: Sequence[Path]) -> None:
    """Raise UsageError if standard input is given twice."""
    from voiceover.settings.layers import STDIN

    if scripts.count(STDIN) > 1:
        raise click.UsageError("standard input (-) can be given only once")


def flags(**given: Any) -> Settings:
    """Return the topmost layer of settings, checked by the same rules as a script's own."""
    from voiceover.errors import InputError
    from voiceover.settings.problems import Problems
    from voiceover.settings.reader import read_settings
    from voiceover.settings.strict_yaml import Fields, Scalar
    from voiceover.settings.values import read_options
    from voiceover.types import Settings, Source

    def scalar(name: str, value: object) -> Scalar:
        return Scalar(str(value), True, Source(f"--{name.replace('_', '-')}"))

    # Speed is a setting of speakers and lines, not of scripts; as a flag it overrides all of them.
    speed = {"speed": scalar("speed", given.pop("speed"))} if given.get("speed") is not None else {}
    entries = tuple((scalar(name, name), scalar(name, value)) for name, value in _named(given))
    problems = Problems()
    settings = read_settings(Fields(entries, Source("command line")), Path.cwd(), problems)
    options = read_options(speed, problems)
    if problems.errors:
        raise InputError(*(f"{problem.source.path}: {problem.message}" for problem in problems.errors))
    return replace(Settings(options=options).over(settings), places={})


def check_cluster(store: str | None, cluster: str | None) -> None:
    """Raise UsageError for ``--cluster`` without a store that its machines can reach."""
    if cluster is not None and store is None:
        raise click.UsageError("--cluster needs --store, a take store that all its machines reach: a folder that they share, s3://...")


def check_format(layer: Settings, output: Path | None) -> None:
    """Raise UsageError if ``--format`` does not match the file that ``-o`` names."""
    from voiceover.pipeline.output import names_a_file

    formats = layer.formats or ()
    if output is not None and names_a_file(output) and any(f".{name}" != output.suffix.lower() for name in formats):
        raise click.UsageError(f"--format {','.join(formats)} does not fit the file {output}; leave it out, or give a folder")


def _named(given: dict[str, Any]) -> list[tuple[str, object]]:
    """Return the given flags by the key of their setting."""
    if formats := given.pop("formats", ()):
        given["format"] = ",".join(formats)
    return [(name, value) for name, value in given.items() if value is not None]


def part(lines: str | None, chapter: int | None) -> Any:
    """Return the part of the script for a preview; None for all of it."""
    from voiceover.pipeline.preview import Part

    if lines is not None and chapter is not None:
        raise click.UsageError("--lines and --chapter exclude each other")
    if chapter is not None:
        return Part(chapter=chapter)
    if lines is None:
        return None
    first, _, last = lines.partition("-")
    try:
        span = int(first), int(last or first)
    except ValueError:
        span = (0, 0)
    if not 1 <= span[0] <= span[1]:
        raise click.BadParameter(f"{lines!r} is not a range of lines such as 40-60", param_hint="--lines")
    return Part(lines=span)
