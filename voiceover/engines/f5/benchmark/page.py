"""The report for people: one page with the audio files beside it, without scripts or external resources."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from html import escape

from voiceover.engines.f5.benchmark.checks import LineFinding
from voiceover.engines.f5.benchmark.result import ReportResult, ReportRun, SpokenLine

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1a; --paper: #fdfcf9; --line: #c9c5ba; --soft: #5c584f; --bad: #a3180e; --good: #1d6b34; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ebe8e0; --paper: #191816; --line: #4b4841; --soft: #b3aea2; --bad: #ff9a8d; --good: #86d79d; }
}
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 70rem; margin: 0 auto; padding: 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
caption { text-align: left; color: var(--soft); }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
blockquote { margin: .3rem 0; font-size: 1.15rem; }
audio { width: 16rem; max-width: 100%; display: block; }
.bad { color: var(--bad); font-weight: 600; }
.good { color: var(--good); font-weight: 600; }
dt { color: var(--soft); } dd { margin: 0 0 .4rem; overflow-wrap: anywhere; }
a { color: inherit; } :focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
""".strip()


def as_page(result: ReportResult) -> str:
    """Return the page; it links the audio files relative to itself."""
    name = str(result.model["name"])
    verdict = '<span class="good">passed</span>' if result.passed else '<span class="bad">did not pass</span>'
    ran = [run for run in result.runs if run.refused is None]
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(name)}: report by voiceover</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n<header>",
            f"<h1>{escape(name)}</h1>\n<p>The checks: {verdict}. No check can listen: do the recordings say the lines above them?</p>",
            "</header>\n<main>",
            _summary(result),
            _remarks(result),
            '<section aria-labelledby="lines"><h2 id="lines">The lines</h2>',
            *(_line(result, index, ran) for index in range(len(result.lines))),
            "</section>",
            _about("machine", "The machine", result.machine),
            _about("model", "The model", result.model),
            _about("voice", "The voice", result.voice),
            '</main>\n<footer><p>The same without audio, to attach to an issue: <a href="report.json">report.json</a>. '
            "It names no user, host or folder.</p></footer>\n</body>\n</html>\n",
        )
    )


def _summary(result: ReportResult) -> str:
    heads = ("Faults", "Doubts", "Seconds of work per second", "GFLOP/s", "Of the machine's matrix rate", "From f5-tts")
    columns = "".join(f'<th scope="col" class="number">{escape(head)}</th>' for head in heads)
    return (
        '<section aria-labelledby="runs"><h2 id="runs">Precisions and presets</h2>\n<div class="wide" tabindex="0" role="region" '
        'aria-labelledby="runs"><table>\n<caption>A fault is certain; a doubt needs your ears.</caption>\n<thead><tr>'
        f'<th scope="col">Precision, preset</th>{columns}<th scope="col">Remarks</th></tr></thead>\n<tbody>\n'
        + "\n".join(map(_summary_row, result.runs))
        + "\n</tbody></table></div></section>"
    )


def _summary_row(run: ReportRun) -> str:
    name = f'<th scope="row">{escape(_name(run))}</th>'
    if run.refused is not None:
        return f'<tr>{name}<td colspan="6">left out</td><td>{escape(run.refused)}</td></tr>'
    share = f"{100 * run.gflops / run.rate.gflops:.0f} %" if run.rate and run.gflops else "-"
    cells = (
        str(run.faults),
        str(run.doubts),
        f"{run.took_seconds / run.speech_seconds:.2f}" if run.speech_seconds else "-",
        f"{run.gflops:.4g}" if run.gflops else "-",
        share,
        f"{run.compared.relative:.2g}" if run.compared else "-",
    )
    remarks = [run.not_compared] if run.not_compared else []
    remarks += [f"matrix rate: {run.rate.gflops:.4g} GFLOP/s, {run.rate.device}, {run.rate.frames} frames"] if run.rate else []
    text = _findings(run.findings) + "".join(f"<div>{escape(remark)}</div>" for remark in remarks)
    return f"<tr>{name}{''.join(_number(cell) for cell in cells)}<td>{text}</td></tr>"


def _remarks(result: ReportResult) -> str:
    bad = [f"{found.what}: {found.fault}" for found in result.files if found.fault]
    remarks = [*result.remarks, *(bad or [f"{len(result.files)} checks of the model's files: all passed"])]
    entries = "".join(f"<li>{escape(remark)}</li>" for remark in remarks)
    return f'<section aria-labelledby="remarks"><h2 id="remarks">Remarks</h2><ul>{entries}</ul></section>'


def _line(result: ReportResult, index: int, ran: Iterable[ReportRun]) -> str:
    line = result.lines[index]
    rows = "\n".join(_line_row(run, one, index) for run in ran for one in run.spoken if one.line == index)
    heads = ("Seconds", "LUFS", "dBTP", "Work, s")
    columns = "".join(f'<th scope="col" class="number">{head}</th>' for head in heads)
    return (
        f'<h3 id="line{index + 1}">{index + 1}. {escape(line.kind)}</h3>\n<blockquote lang="{escape(line.language)}">{escape(line.text)}'
        f'</blockquote>\n<div class="wide" tabindex="0" role="region" aria-labelledby="line{index + 1}"><table><thead><tr>'
        f'<th scope="col">Precision, preset</th><th scope="col">Audio</th>{columns}<th scope="col">Found</th></tr></thead><tbody>\n'
        f"{rows}\n</tbody></table></div>"
    )


def _line_row(run: ReportRun, one: SpokenLine, index: int) -> str:
    head = f'<tr><th scope="row">{escape(_name(run))}</th>'
    if one.figures is None or one.audio is None:
        return f"{head}<td>none</td>{_number('-') * 4}<td>{_findings(one.findings)}</td></tr>"
    label = f"Line {index + 1}, {_name(run)}"
    audio = f'<audio controls preload="none" src="{escape(one.audio)}" aria-label="{escape(label)}"></audio>'
    figures = (one.figures.seconds, one.figures.loudness_lufs, one.figures.true_peak_dbtp, one.took_seconds)
    cells = "".join(_number(f"{figure:.2f}" if math.isfinite(figure) else "-") for figure in figures)
    return f"{head}<td>{audio}</td>{cells}<td>{_findings(one.findings)}</td></tr>"


def _about(key: str, title: str, fields: Mapping[str, object]) -> str:
    entries = "".join(f"<dt>{escape(str(name).replace('_', ' '))}</dt><dd>{escape(_words(value))}</dd>" for name, value in fields.items())
    return f'<section aria-labelledby="{key}"><h2 id="{key}">{title}</h2><dl>{entries}</dl></section>'


def _findings(findings: Iterable[LineFinding]) -> str:
    return "".join(
        f'<div class="bad">Fault: {escape(found.message)}</div>' if found.fault else f"<div>{escape(found.message)}</div>"
        for found in findings
    )


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


def _number(text: str) -> str:
    return f'<td class="number">{escape(text)}</td>'


def _name(run: ReportRun) -> str:
    return f"{run.precision}, {run.preset}"
