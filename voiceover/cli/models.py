"""``voiceover models``: the models that engines speak with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from voiceover.cli.engine_choice import EngineChoice
from voiceover.cli.group import SuggestingGroup
from voiceover.cli.help import GroupedCommand
from voiceover.cli.model_options import FamilyCommand, family_options
from voiceover.cli.model_words import confirm, print_added, print_table, record_json, settle, terms, use_of
from voiceover.cli.options import json_option, quiet_option
from voiceover.cli.terminal import display, echo
from voiceover.system.sizes import size_in_words


@click.group(cls=SuggestingGroup)
def models() -> None:
    """Download, import, check and choose the models that engines speak with."""


@models.command("list", cls=GroupedCommand, examples=("voiceover models list --all",))
@click.option("--all", "everything", is_flag=True, help="Also list every model that can be downloaded.")
@json_option
def list_(everything: bool, as_json: bool) -> None:
    """List installed models; with --all, also those that can be downloaded."""
    from voiceover.models import damaged, default_name, installed, owner, rows_not_installed
    from voiceover.pipeline.models import model_store

    store = model_store()
    records, default, broken = installed(store), default_name(store), damaged(store)
    rows = rows_not_installed(store) if everything or not records else ()
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
        family = owner(record, store.families)
        what = f"engine {record.family} is missing" if family is None else family.describe(record)
        echo(f"{mark} {record.name:<26} {what:<14} {size_in_words(record.bytes):>9}  {record.licence}")
    for name in broken:
        echo(f"! {name:<26} damaged: its record cannot be read; remove it: voiceover models rm {name}")
    if not rows:
        echo("* is the default. More can be downloaded: voiceover models list --all")
    if rows:
        echo("Can be pulled:" if records else "No model is installed. Can be pulled:")
    for row in rows:
        what = next((family.describe(row) for family in store.families if family.name == row.family), "")
        echo(f"  {row.name:<26} {what:<14} {row.licence}, {use_of(row.commercial)}. {row.note}")


@models.command(cls=FamilyCommand, examples=("voiceover models pull kokoro", "voiceover models pull piper/thorsten --accept-licence"))
@click.argument("name")
@click.option("--accept-licence", "--accept-license", is_flag=True, help="Accept the licence without a prompt, for non-interactive jobs.")
@quiet_option
@json_option
def pull(name: str, accept_licence: bool, quiet: bool, as_json: bool, **of_family: Any) -> None:
    """Download a model and what it needs, such as its vocoder, from the Hugging Face Hub.

    `voiceover models list --all` lists the names. No network is needed afterwards.
    """
    from voiceover.models import plan_pull
    from voiceover.models import pull as download
    from voiceover.pipeline.models import model_store

    store, options = model_store(), family_options(pull, of_family)
    with display(as_json, quiet and accept_licence) as shown:  # the terms are always shown before the question
        downloads = plan_pull(name, store, options)
        for each in downloads:
            for line in terms(each):
                shown.say(line)
    if not accept_licence:
        confirm(downloads)
    with display(as_json, quiet) as shown:
        for added in download(downloads, store, shown.progress):
            print_added(added, shown.say)
            settle(added.record, shown.say)


@models.command("import", cls=FamilyCommand, examples=("voiceover models import my_model.safetensors --name mine",))
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", help="Name in the store. [default: from the file or folder]")
@click.option("--languages", help="Languages the model speaks, such as en,de.")
@click.option("--licence", "--license", help="Licence of the model, such as CC-BY-NC-4.0.")
@click.option("--like", help="Copy licence, languages and other facts from this catalogue entry.")
@click.option("--replace", is_flag=True, help="Replace an installed model of the same name.")
@json_option
def import_(
    path: Path,
    name: str | None,
    languages: str | None,
    licence: str | None,
    like: str | None,
    replace: bool,
    as_json: bool,
    **of_family: Any,
) -> None:
    """Import a model or vocoder from files: published checkpoints, your own fine-tunes, quantized bundles, Piper voices."""
    from voiceover.models import ImportOptions, import_model
    from voiceover.pipeline.models import model_store

    spoken = None if languages is None else frozenset(word.strip().lower() for word in languages.split(",") if word.strip())
    options = ImportOptions(name, spoken, licence, like, replace, family_options(import_, of_family))
    with display(as_json, False) as shown:
        added = import_model(path, options, model_store(), shown.progress)
        print_added(added, shown.say)
        for line in added.remarks:
            shown.say(f"  {line}")
        settle(added.record, shown.say)


@models.command(cls=GroupedCommand, examples=("voiceover models verify mine --report report/",))
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
    help="With --report: only this precision; can be repeated.",
)
@click.option(
    "--preset",
    "presets",
    multiple=True,
    type=EngineChoice("preset"),
    help="With --report: only this preset; can be repeated.",
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
    """Check a model's files; with --report, also its speech.

    Checksums, tensors and vocabulary are checked. The exit code is 1 if anything is wrong.
    """
    from voiceover.cli.models_report import prepared, reported
    from voiceover.models import find, verify_model
    from voiceover.pipeline.doctor import settle_precision
    from voiceover.pipeline.models import model_store
    from voiceover.types.models import MODEL

    if report is None and (voice or backend or precisions or presets):
        raise click.UsageError("--voice, --backend, --precision and --preset go with --report")
    ready = prepared(name, report, voice, backend, precisions, presets) if report is not None else None
    store, findings = model_store(), []
    for finding in verify_model(store, name):
        findings.append(finding)
        if as_json:
            echo(json.dumps({"what": finding.what, "ok": finding.fault is None, "fault": finding.fault}, ensure_ascii=False))
        else:
            echo(f"{'ok  ' if finding.fault is None else 'BAD '} {finding.what}{f': {finding.fault}' if finding.fault else ''}")
    passed = all(finding.fault is None for finding in findings)
    speaks = find(store, name).kind == MODEL
    if passed and speaks and ready is None and (line := settle_precision(name, again=True)) and not as_json:
        echo(f"ok   {line}")
    if ready is not None and report is not None:
        passed = reported(find(store, name).name, report, ready, findings, as_json) and passed
    if not passed:
        raise click.exceptions.Exit(1)


@models.command(cls=FamilyCommand, examples=("voiceover models quantize mine --name mine-small",))
@click.argument("model")
@click.option("--name", help="Name of the new model. [default: the old name with a suffix such as -4bit]")
@json_option
def quantize(model: str, name: str | None, as_json: bool, **of_family: Any) -> None:
    """Make a smaller copy of MODEL, which is an installed model or a path to import first."""
    from voiceover.models import import_full, import_only, installed, quantize_model
    from voiceover.pipeline.models import model_store

    store, options = model_store(), family_options(quantize, of_family)
    there = any(record.name.casefold() == model.casefold() for record in installed(store))
    of_import = import_only(options, store)
    if there and of_import:
        typed = ", ".join(f"--{key}" for key in of_import)
        raise click.UsageError(f"{model} is installed, and its record says what it is; leave {typed} out")
    if not there and Path(model).exists():
        model = import_full(Path(model), options, store, new_name=name).name
    made, rows = quantize_model(model, {key: value for key, value in options.items() if key not in of_import}, store, new_name=name)
    if as_json:
        table = [{"what": row.what, "tensors": row.tensors, "before": row.before, "after": row.after} for row in rows]
        echo(json.dumps({"name": made.record.name, "bytes": made.record.bytes, "table": table}, ensure_ascii=False, indent=2), lines=True)
        return
    print_table(rows)
    print_added(made, echo)
    settle(made.record, echo)


@models.command(cls=GroupedCommand, examples=("voiceover models info mine",))
@click.argument("name")
@json_option
def info(name: str, as_json: bool) -> None:
    """Show a model: source, licence and files, or its catalogue entry if it is not installed."""
    from voiceover.errors import ModelError
    from voiceover.models import default_name, find, find_row, installed, model_folder
    from voiceover.pipeline.models import model_store

    store = model_store()
    if not any(record.name.casefold() == name.casefold() for record in installed(store)):
        try:
            row = find_row(name, store.families)
        except ModelError:
            find(store, name)
            raise
        fields: dict[str, object] = {
            "name": row.name,
            "installed": False,
            "repository": row.repository,
            "revision": row.revision or "not pinned; pull takes the newest commit and records it",
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
        record = find(store, name)
        fields = {**record_json(record, default_name(store)), "folder": str(model_folder(store.folder, record.name))}
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


@models.command(cls=GroupedCommand, examples=("voiceover models rm mine",))
@click.argument("name")
def rm(name: str) -> None:
    """Delete an installed model."""
    from voiceover.models import remove
    from voiceover.pipeline.models import model_store

    record = remove(model_store(), name)
    echo(
        f"{name} removed; its record could not be read" if record is None else f"{record.name} removed, {size_in_words(record.bytes)}",
        err=True,
    )


@models.command(cls=GroupedCommand, examples=("voiceover models use mine",))
@click.argument("name")
def use(name: str) -> None:
    """Make NAME the default model of its engine."""
    from voiceover.models import use as choose
    from voiceover.pipeline.models import model_store

    echo(f"{choose(model_store(), name).name} is the default model now; a script or --model may name another", err=True)
