"""``voiceover models``: the models that F5 speaks with."""

from __future__ import annotations

import json
from pathlib import Path

import click

from voiceover.cli.engine_choice import EngineChoice
from voiceover.cli.group import SuggestingGroup
from voiceover.cli.model_words import confirm, print_table, record_json, say_taken, settle, terms, use_of
from voiceover.cli.options import json_option
from voiceover.cli.terminal import display, echo
from voiceover.system.files import size_in_words

arch_option = click.option(
    "--arch", type=click.Choice(["v0", "v1"]), help="Architecture: v0 is F5TTS_Base, v1 is F5TTS_v1_Base. The weights do not reveal it."
)


@click.group(cls=SuggestingGroup)
def models() -> None:
    """Download, import, check and choose F5 models."""


@models.command("list")
@click.option("--all", "everything", is_flag=True, help="Include every model of the catalogue.")
@json_option
def list_(everything: bool, as_json: bool) -> None:
    """List installed models and those that can be downloaded."""
    from voiceover.models import damaged, default_name, installed, rows_not_installed
    from voiceover.system.folders import data_folder

    records, default, broken = installed(data_folder()), default_name(data_folder()), damaged(data_folder())
    rows = rows_not_installed(data_folder()) if everything or not records else ()
    if as_json:
        content = {
            "installed": [record_json(record, default) for record in records],
            "damaged": list(broken),
            "catalogue": [
                {
                    "name": row.name,
                    "repository": row.repository,
                    "architecture": row.architecture,
                    "languages": sorted(row.languages or ()),
                    "licence": row.licence,
                    "commercial": row.commercial,
                    "note": row.note,
                }
                for row in rows
            ],
        }
        echo(json.dumps(content, ensure_ascii=False, indent=2), lines=True)
        return
    for record in records:
        mark = "*" if record.name == default else " "
        what = "vocoder" if record.architecture is None else f"{record.architecture}, {', '.join(record.languages or ('any language',))}"
        echo(f"{mark} {record.name:<26} {what:<14} {size_in_words(record.bytes):>9}  {record.licence}")
    for name in broken:
        echo(f"! {name:<26} damaged: its record cannot be read; remove it: voiceover models rm {name}")
    if rows:
        echo("Can be pulled:" if records else "No model is installed. Can be pulled:")
    for row in rows:
        spoken = f"{row.architecture or '?'}, {', '.join(sorted(row.languages or ()))}"
        echo(f"  {row.name:<26} {spoken:<14} {row.licence}, {use_of(row.commercial)}. {row.note}")


@models.command()
@click.argument("name")
@click.option("--accept-licence", "--accept-license", is_flag=True, help="Accept the licence without a prompt, for non-interactive jobs.")
@arch_option
@click.option("-q", "--quiet", is_flag=True, help="Print only errors.")
@json_option
def pull(name: str, accept_licence: bool, arch: str | None, quiet: bool, as_json: bool) -> None:
    """Download a model of the catalogue from the Hugging Face Hub, with its vocoder. No network is needed afterwards."""
    from voiceover.models import pull as pulling
    from voiceover.system.folders import data_folder

    data = data_folder()
    with display(as_json, quiet and accept_licence) as shown:  # nobody is asked to accept what was not shown
        wanted = pulling.plan_pull(name, data, architecture=arch)
        for each in wanted:
            for line in terms(each):
                shown.say(line)
    if not accept_licence:
        confirm(wanted)
    with display(as_json, quiet) as shown:
        for taken in pulling.pull(wanted, data, shown.progress):
            say_taken(taken, shown.say)
            settle(taken, shown.say)


@models.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", help="Name in the store. [default: from the file or folder]")
@arch_option
@click.option("--vocab", type=click.Path(path_type=Path), help="The model's vocab.txt. [default: the one beside it]")
@click.option("--vocoder", type=click.Path(path_type=Path), help="Vocoder file. [default: an installed one]")
@click.option("--duration", type=click.Path(path_type=Path), help="Duration predictor. [default: the one beside it, if any]")
@click.option("--languages", help="Languages the model speaks, such as en,de.")
@click.option("--licence", "--license", help="Licence of the model, such as CC-BY-NC-4.0.")
@click.option("--preset", type=click.Choice(["base", "fast", "distilled"]), help="Default sampling preset of the model.")
@click.option("--like", help="Copy licence, languages, architecture and preset from this catalogue entry.")
@click.option("--replace", is_flag=True, help="Replace an installed model of the same name.")
@json_option
def import_(
    path: Path,
    name: str | None,
    arch: str | None,
    vocab: Path | None,
    vocoder: Path | None,
    duration: Path | None,
    languages: str | None,
    licence: str | None,
    preset: str | None,
    like: str | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Import a model from files: f5-tts-mlx, F5-TTS checkpoints, your own fine-tunes, Vocos, int4 bundles."""
    from voiceover.models import Given, Taken, chosen_vocoder, import_model
    from voiceover.system.folders import data_folder

    spoken = None if languages is None else frozenset(word.strip().lower() for word in languages.split(",") if word.strip())
    given = Given(name, arch, vocab, vocoder, duration, spoken, licence, preset, like, replace)
    with display(as_json, False) as shown:
        taken = import_model(path, given, data_folder(), shown.progress)
        say_taken(taken, shown.say)
        if vocoder is None and isinstance(taken, Taken) and (line := chosen_vocoder(taken.record, data_folder())):
            shown.say(f"  {line}")
        settle(taken, shown.say)


@models.command()
@click.argument("name")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    help="Also speak 20 lines at every precision and preset, and write a report to this new folder.",
)
@click.option("--voice", metavar="NAME", help="With --report: the voice that speaks. [default: ada]")
@click.option("--backend", type=EngineChoice("backend"), help="With --report: the backend. [default: as for render]")
@click.option(
    "--precision",
    "precisions",
    multiple=True,
    type=EngineChoice("precision"),
    help="With --report: only this one; may be repeated.",
)
@click.option(
    "--preset",
    "presets",
    multiple=True,
    type=EngineChoice("preset"),
    help="With --report: only this; may be repeated.",
)
@json_option
def verify(
    name: str,
    report: Path | None,
    voice: str | None,
    backend: str | None,
    precisions: tuple[str, ...],
    presets: tuple[str, ...],
    as_json: bool,
) -> None:
    """Check a model: checksums, tensors, vocabulary; with --report its speech. The exit code is 1 if anything is wrong."""
    from voiceover.cli.models_report import prepared, reported
    from voiceover.models import find, verify_model
    from voiceover.pipeline.doctor import settle_precision
    from voiceover.system.folders import data_folder

    if report is None and (voice or backend or precisions or presets):
        raise click.UsageError("--voice, --backend, --precision and --preset go with --report")
    ready = prepared(name, report, voice, backend, precisions, presets) if report is not None else None
    findings = []
    for finding in verify_model(data_folder(), name):
        findings.append(finding)
        if as_json:
            echo(json.dumps({"what": finding.what, "ok": finding.fault is None, "fault": finding.fault}, ensure_ascii=False))
        else:
            echo(f"{'ok  ' if finding.fault is None else 'BAD '} {finding.what}{f': {finding.fault}' if finding.fault else ''}")
    passed = all(finding.fault is None for finding in findings)
    speaks = find(data_folder(), name).architecture is not None
    if passed and speaks and ready is None and (line := settle_precision(name, again=True)) and not as_json:
        echo(f"ok   {line}")
    if ready is not None and report is not None:
        passed = reported(find(data_folder(), name).name, report, ready, findings, as_json) and passed
    if not passed:
        raise click.exceptions.Exit(1)


@models.command()
@click.argument("model")
@click.option("--bits", type=click.Choice(["4", "8"]), help="Bits per value. [default: 4]")
@click.option("--group", type=click.Choice(["32", "64", "128"]), help="Number of values that share a scale. [default: 64]")
@click.option("--rowwise", is_flag=True, help="Write an int4 bundle with one scale per row.")
@click.option("--name", help="Name of the new model. [default: the old one with -4bit and the like]")
@arch_option
@json_option
def quantize(model: str, bits: str | None, group: str | None, rowwise: bool, name: str | None, arch: str | None, as_json: bool) -> None:
    """Make a smaller model from MODEL, a name of the store or a path (which is imported first)."""
    from voiceover.models import How, import_full, installed, quantize_model
    from voiceover.system.folders import data_folder

    if rowwise and (bits or group):
        raise click.UsageError("--rowwise is 4 bits with a scale a row; leave --bits and --group out")
    data, how = data_folder(), How(int(bits or 4), int(group or 64), rowwise)
    there = any(record.name.casefold() == model.casefold() for record in installed(data))
    if there and arch:
        raise click.UsageError(f"{model} is installed, and its record says what it is; leave --arch out")
    if not there and Path(model).exists():
        model = import_full(Path(model), how, data, architecture=arch, new_name=name).name
    made, lines = quantize_model(model, how, data, new_name=name)
    if as_json:
        rows = [{"what": line.what, "tensors": line.tensors, "before": line.before, "after": line.after} for line in lines]
        echo(json.dumps({"name": made.record.name, "bytes": made.record.bytes, "table": rows}, ensure_ascii=False, indent=2), lines=True)
        return
    print_table(lines)
    say_taken(made, echo)
    settle(made, echo)


@models.command()
@click.argument("name")
@json_option
def info(name: str, as_json: bool) -> None:
    """Show one model: source, licence and files, or its catalogue entry if it is not installed."""
    from voiceover.errors import ModelError
    from voiceover.models import default_name, find, find_row, installed, model_folder
    from voiceover.system.folders import data_folder

    data = data_folder()
    if not any(record.name.casefold() == name.casefold() for record in installed(data)):
        try:
            row = find_row(name)
        except ModelError:
            find(data, name)
            raise
        fields: dict[str, object] = {
            "name": row.name,
            "installed": False,
            "repository": row.repository,
            "revision": row.revision or "none is pinned: pull takes the newest, and records its commit",
            "architecture": row.architecture,
            "languages": sorted(row.languages or ()),
            "licence": row.licence,
            "commercial use": row.commercial,
            "preset": row.preset,
            "vocoder": row.vocoder,
            "note": row.note,
            "files": {file.path: file.sha256 or "no checksum published" for file in row.files},
        }
    else:
        record = find(data, name)
        fields = {**record_json(record, default_name(data)), "folder": str(model_folder(data, record.name))}
        fields["files"] = {path: file.sha256 for path, file in record.files.items()}
    if as_json:
        echo(json.dumps(fields, ensure_ascii=False, indent=2), lines=True)
        return
    for key, value in fields.items():
        if isinstance(value, dict):
            echo(f"{key}:")
            for inner, text in value.items():
                echo(f"  {inner}: {text}")
        else:
            text = ", ".join(value) if isinstance(value, list) else "yes" if value is True else "no" if value is False else value
            echo(f"{key}: {text if text not in (None, '') else '-'}")


@models.command()
@click.argument("name")
def rm(name: str) -> None:
    """Remove a model."""
    from voiceover.models import remove
    from voiceover.system.folders import data_folder

    record = remove(data_folder(), name)
    echo(
        f"{name} removed; its record could not be read" if record is None else f"{record.name} removed, {size_in_words(record.bytes)}",
        err=True,
    )


@models.command()
@click.argument("name")
def use(name: str) -> None:
    """Make NAME the default model."""
    from voiceover.models import use as choose
    from voiceover.system.folders import data_folder

    echo(f"{choose(data_folder(), name).name} speaks unless a script or --model names another", err=True)
