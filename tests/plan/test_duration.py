"""``duration: predictor``: heard by engines that have one, an error at its place where the model lacks one, and no news to old takes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.plan.parts import ADA, CLONER, DRAFT, line, only, plan_of, town
from voiceover.plan import voice_digest
from voiceover.script import load_script
from voiceover.settings.layers import DURATIONS
from voiceover.settings.problems import Problems
from voiceover.types import CastEntry, EngineInfo, Options, Script, Settings, Source

PREDICTED = Options(duration="predictor")
F5 = replace(CLONER, options=CLONER.options | {"duration"})
LACKING = replace(CLONER, unavailable=(("duration", "predictor", "the model base came without a duration predictor"),))


def address(engine: EngineInfo = F5, **more: object) -> str:
    return only(plan_of(town(line("A Town Mouse.", **more)), engine)).utterance.address


def test_a_take_that_does_not_name_it_has_the_address_it_had() -> None:
    """Written out by hand, as the first version of the schema makes it."""
    utterance = only(plan_of(town(line("A Town Mouse.")), F5)).utterance
    named = {
        "engine": "cloner r1 f16",
        "options": {"seed": 0, "speed": 1},
        "schema": 1,
        "seed": utterance.seed,
        "spoken": [["A Town Mouse.", "en"]],
        "voice": voice_digest(ADA, "", F5),
    }
    written = json.dumps(named, sort_keys=True, separators=(",", ":")).encode()
    assert utterance.address == hashlib.sha256(written).hexdigest()


def test_it_is_heard_where_the_engine_has_it() -> None:
    assert len({address(), address(options=PREDICTED), address(options=Options(duration="bytes"))}) == 3
    assert address(DRAFT, options=PREDICTED) == address(DRAFT)


def errors_of(script: Script, engine: EngineInfo) -> list[str]:
    problems = Problems()
    plan_of(script, engine, problems)
    return [str(problem) for problem in problems.errors]


SAID = "`duration: predictor` is not available: the model base came without a duration predictor"


def test_a_model_without_a_predictor_is_an_error_at_the_line() -> None:
    script = town("One.", line("Two.", paragraph=1, options=PREDICTED), line("Three.", paragraph=2, options=PREDICTED))
    assert errors_of(script, LACKING) == [f"town.md:2:1: {SAID}"]  # lines that say the same are told once
    assert errors_of(script, F5) == errors_of(script, DRAFT) == []
    both = town(line("One.", options=PREDICTED), line("Two.", paragraph=1, options=replace(PREDICTED, seed=3)))
    assert errors_of(both, LACKING) == [f"town.md:1:1: {SAID}", f"town.md:2:1: {SAID}"]


def test_or_at_the_speaker_who_asks_for_it() -> None:
    cast = (CastEntry("Narrator", "ada", Source("town.md", 4, 3), options=PREDICTED),)
    assert errors_of(town("One.", "Two.", cast=cast), LACKING) == [f"town.md:4:3: {SAID}"]
    plain = town(line("One.", options=Options(duration="bytes")), cast=cast)
    assert errors_of(plain, LACKING) == []


def test_or_at_the_first_line_where_the_script_does() -> None:
    script = town("One.", line("Two.", paragraph=1, options=Options(seed=4)), settings=Settings(options=PREDICTED))
    assert errors_of(script, LACKING) == [f"town.md:1:1: {SAID}"]


def options_of(text: str, folder: Path, name: str = "one.md") -> tuple[list[str], Script | None]:
    problems = Problems()
    (folder / name).write_text(text, "utf-8")
    script = load_script(folder / name, problems)
    return [problem.message for problem in problems.errors], script


HEAD = "---\ncast:\n  Ann: ada\n  Bob: {voice: ben, duration: Bytes}\nduration: predictor\n---\n"


def test_every_place_of_a_script_takes_it(tmp_path: Path) -> None:
    errors, script = options_of(f"{HEAD}Ann (quiet, duration bytes): One.\n\n[Bob | quiet, duration predictor] Two.\n", tmp_path)
    assert script is not None
    assert errors == []
    assert script.settings.options.duration == "predictor"
    assert [entry.options.duration for entry in script.cast] == [None, "bytes"]
    assert [segment.options.duration for segment in script.segments] == ["bytes", "predictor"]
    text = "cast: {Ann: ada}\nsegments:\n  - {speaker: Ann, text: One., duration: predictor}\n"
    errors, script = options_of(text, tmp_path, "two.yaml")
    assert script is not None
    assert errors == []
    assert [segment.options.duration for segment in script.segments] == ["predictor"]


@pytest.mark.parametrize("wrong", ["35:10", "predicted", "[bytes]"])
def test_another_value_is_an_error(wrong: str, tmp_path: Path) -> None:
    (said,), _ = options_of(f"---\ncast: {{Ann: ada}}\nduration: {wrong}\n---\nAnn: One.\n", tmp_path)
    assert said.startswith("duration must be one of bytes, predictor, not")


def test_in_an_article_it_may_be_the_blogs_own(tmp_path: Path) -> None:
    errors, script = options_of("---\nduration: 35:10\n---\nA line of an article.\n", tmp_path)
    assert script is not None
    assert errors == []
    assert script.settings.options.duration is None


def test_the_engine_knows_every_value() -> None:
    from voiceover.engines.f5.choices import DurationRule

    assert tuple(DurationRule) == DURATIONS
