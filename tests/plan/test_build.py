"""Layers, places, problems, and what is not rendered yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.plan.parts import ADA, BEN, CLONER, DRAFT, TOP, line, only, plan_of, texts, town
from voiceover.plan import build_plan
from voiceover.plan.layers import language_tag
from voiceover.settings.problems import Problems
from voiceover.types import (
    DEFAULT_STYLE,
    CastEntry,
    Chapter,
    Cue,
    Options,
    Pause,
    Planned,
    PlannedRecording,
    Scene,
    Settings,
    Severity,
    SoundFile,
    Soundtrack,
    Source,
    Span,
    Utterance,
)


def said(segment: object, entry: CastEntry, settings: Settings, **more: object) -> Utterance:
    return only(plan_of(town(segment, cast=(entry,), settings=settings), **more)).utterance  # type: ignore[arg-type]


def test_speed_by_layer() -> None:
    def speed(segment: float | None, cast: float | None, script: float | None, flag: float | None = None) -> float | None:
        utterance = said(
            line("Hush.", speaker="Ben", options=Options(speed=segment)),
            CastEntry("Ben", "ben", TOP, options=Options(speed=cast)),
            Settings(options=Options(speed=script)),
            flags=Options(speed=flag),
        )
        return utterance.options.speed

    assert speed(0.7, 0.8, 1.3) == 0.7
    assert speed(None, 0.8, 1.3) == 0.8
    assert speed(None, None, 1.3) == 1.3
    assert speed(None, None, None) == BEN.speed
    assert speed(0.7, 0.8, 1.3, 2.0) == 2.0
    assert ADA.speed is None
    assert only(plan_of(town("Hush."))).utterance.options.speed == 1.0


def test_language_by_layer() -> None:
    def languages(cast: str | None, script: str | None, span: str | None = None) -> list[str]:
        segment = line("One ", Span("two", language=span), " three.", speaker="Ben")
        utterance = said(segment, CastEntry("Ben", "ben", TOP, language=cast), Settings(language=script))
        return [part.language for part in utterance.spans]

    assert languages("fr", "de") == ["fr"]
    assert languages(None, "de") == ["de"]
    assert languages(None, None) == ["en-GB"]
    assert languages("fr", "de", "es") == ["fr", "es", "fr"]


def test_style_and_gain_by_layer() -> None:
    entry = CastEntry("Ada", "ada", TOP, style="quiet", gain_db=-3.0)
    assert said(line("Hush.", speaker="Ada"), entry, Settings()).style == "quiet"
    assert said(line("Hush.", speaker="Ada", style=DEFAULT_STYLE), entry, Settings()).style == DEFAULT_STYLE
    assert said(line("Hush.", speaker="Ada", gain_db=1.0), entry, Settings()).gain_db == -2.0
    ben = CastEntry("Ben", "ben", TOP, gain_db=-3.0)
    assert said(line("Hush.", speaker="Ben", gain_db=1.5), ben, Settings()).gain_db == pytest.approx(1.5 - 3.0 + BEN.gain_db)


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("EN", "en"),
        ("en_us", "en-US"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("es-419", "es-419"),
        ("en-x-us", "en-x-us"),
        ("sl-ROZAJ", "sl-rozaj"),
    ],
)
def test_language_tags_have_one_spelling(typed: str, tag: str) -> None:
    assert language_tag(typed) == tag


def test_items_keep_their_order_and_utterances_their_place() -> None:
    pause, scene, chapter = Pause(1.0, Source("town.md", 3)), Scene(Source("town.md", 4)), Chapter("Two", Source("town.md", 5))
    plan = plan_of(town(line("One."), pause, scene, chapter, line("Two.", paragraph=8, speaker="Ben")))
    kinds = [item.utterance.text if isinstance(item, Planned) else item for item in plan.items]
    assert kinds == ["One.", pause, scene, chapter, "Two."]
    last = plan.planned[-1].utterance
    assert (last.source, last.paragraph, last.speaker, last.voice) == (Source("town.md", 9), 8, "Ben", "ben")
    assert (plan.speaking, set(plan.cast)) == ((DRAFT,), {"Narrator", "Ben"})


def test_cues_and_recorded_turns_are_planned_if_their_files_are_known() -> None:
    cue = Cue("sound", "door", Source("town.md", 4, 9))
    stop = Cue("music", None, Source("town.md", 6))
    guest = line("It cost $3.", paragraph=6, recording="guest.wav", gain_db=-2.0)
    script = town(line("One."), cue, stop, guest)
    door, voice = (SoundFile(name, Path(name), name * 8, 44_100, 1, 44_100) for name in ("door", "guest.wav"))
    track = Soundtrack(1, {"door": door}, {"guest.wav": voice})
    plan = plan_of(script, soundtrack=track)
    spoken, first, second, turn = plan.items
    assert isinstance(spoken, Planned)
    assert (first, second, plan.soundtrack) == (cue, stop, track)
    assert isinstance(turn, PlannedRecording)
    said = turn.utterance
    assert (said.speaker, said.voice, said.gain_db, said.engine, said.text) == ("Narrator", "guest.wav", -2.0, "", "It cost $3.")
    assert said.spoken == "It cost three dollars."
    assert (plan.recordings, plan.planned, plan.sample_rate) == ((turn,), (spoken,), 44_100)
    other = plan_of(script, soundtrack=replace(track, recordings={"guest.wav": replace(voice, sha256="other")}))
    assert other.recordings[0].utterance.address != said.address
    assert other.planned == plan.planned
    assert texts(plan_of(script)) == ["One."]
    assert plan_of(script).sample_rate == DRAFT.sample_rate


def planned_with(problems: Problems, *segments: object, **more: object) -> list[str]:
    script = town(*segments)  # type: ignore[arg-type]
    arguments = {"cast": {"Narrator": ADA, "Ben": BEN}, "engine": DRAFT, **more}
    arguments["engines"] = dict.fromkeys(("Narrator", "Ben"), arguments.pop("engine"))
    plan = build_plan(script, settings=Settings(), problems=problems, has=lambda _: False, **arguments)  # type: ignore[arg-type]
    return texts(plan)


@pytest.mark.parametrize(
    ("segment", "more", "code", "words"),
    [
        (line("Two.", style="sad"), {}, "unknown-style", "quiet"),
        (line("Two.", speaker="Ben"), {"cast": {"Narrator": ADA}}, "unknown-voice", "Ben"),
        (line("Two.", speaker="Ben"), {"engine": CLONER}, "no-recording", "cloner"),
        (
            line("Two, ", Span("zwei", language="de-AT")),
            {"engine": replace(DRAFT, languages=frozenset({"en", "fr"}))},
            "unknown-language",
            "en, fr",
        ),
    ],
)
def test_a_line_that_nobody_can_speak_is_an_error_told_once(segment: object, more: dict[str, object], code: str, words: str) -> None:
    problems = Problems()
    assert planned_with(problems, "One.", segment, segment, **more) == ["One."]
    (problem,) = problems.errors
    assert problem.code == code
    assert words in problem.message


@pytest.mark.parametrize(("letters", "told"), [(360, False), (370, True)])
def test_a_spelling_that_one_call_has_no_room_for_is_told_of(letters: int, told: bool) -> None:
    """The cloner has 24 s beside the clip, whose words took 15 letters a second."""
    problems = Problems()
    name = Span("the name " * 6, say="a" * letters)
    planned_with(problems, line(name), engine=CLONER)
    found = [problem.message for problem in problems.found if problem.code == "long-spelling"]
    room = "one call of cloner has room for 24 s"
    assert found == ([f'"{("the name " * 6)[:40]}..." takes about 25 s and cannot be cut; {room}'] if told else [])


def test_an_error_is_not_told_where_an_earlier_check_told_one() -> None:
    problems = Problems()
    problems.error(line("x").source, "style", "no such style")
    planned_with(problems, line("Two.", style="sad"))
    assert len(problems.errors) == 1


def test_a_script_of_which_nothing_is_heard_is_an_error() -> None:
    problems = Problems()
    assert planned_with(problems, "…", "- - -") == []
    assert [problem.code for problem in problems.errors] == ["nothing-spoken"]


def test_a_picture_that_is_not_read_is_told_of_once() -> None:
    problems = Problems()
    script = town("I am happy 😀 to\u00adday.", "And 😀 so is she 👩\u200d🚀.", line("So ", Span("😀", say="smile"), " it is."))
    plan_of(script, problems=problems)
    assert [problem.message for problem in problems.found] == ["emoji 😀", "emoji 👩\u200d🚀"]


def test_a_chapter_of_nothing_is_told_of() -> None:
    problems = Problems()
    chapters = [Chapter(name, Source("town.md", line, 4)) for line, name in enumerate(("Empty", "Two", "Last"), 3)]
    plan_of(town("One.", chapters[0], chapters[1], "Two.", chapters[2], Pause(1.0, TOP)), problems=problems)
    told = [(problem.source.line, problem.severity) for problem in problems.found if problem.code == "empty-chapter"]
    assert told == [(3, Severity.WARNING), (5, Severity.WARNING)]


def test_a_language_is_complained_of_where_it_is_said() -> None:
    problems = Problems()
    place = Source("town.md", 2, 11)
    settings = Settings(language="de", places={"language": place})
    engine = replace(DRAFT, languages=frozenset({"en"}))
    build_plan(town("Eins."), {"Narrator": ADA}, settings, {"Narrator": engine}, problems, has=lambda _: False)
    assert [problem.source for problem in problems.errors] == [place]


def test_a_spelling_too_long_for_the_window_is_a_warning() -> None:
    problems = Problems()
    script = town(line("So ", Span("x", say="never ending story " * 60), " it is."))
    plan = plan_of(script, CLONER, problems)
    assert [(p.severity, p.code) for p in problems.found] == [(Severity.WARNING, "long-spelling")]
    assert "".join(p.utterance.spoken for p in plan.planned).count("story") == 60
