"""Why a take is new, there already, or kept though newer rules exist."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.plan.parts import ADA, CLIP, CLONER, DRAFT, TOP, faster, line, only, plan_of, recorded, stored, texts, town
from voiceover.plan import build_plan, pack, summarize
from voiceover.settings.problems import Problems
from voiceover.types import CastEntry, EngineInfo, Options, Plan, Planned, RecordedLine, Settings, Span, SpokenSpan, Status, Style

NEWER = replace(DRAFT, revision=4, fingerprint="draft r4")
LONG = "Here is a sentence of a few words, {}. " * 12
LONG_LINE = LONG.format(*range(12)).strip()


def statuses(plan: Plan) -> list[Status]:
    return [planned.status for planned in plan.planned]


def rerun(old: Plan, new_script: object, engine: EngineInfo = DRAFT, **more: object) -> Plan:
    """Plan again after ``old`` was rendered."""
    return plan_of(new_script, engine, previous=recorded(old), **{"has": stored(old), **more})  # type: ignore[arg-type]


def test_new_then_cached() -> None:
    script = town("One.", "Two.")
    first = plan_of(script)
    assert statuses(first) == [Status.NEW_TEXT, Status.NEW_TEXT]
    again = rerun(first, script)
    assert statuses(again) == [Status.CACHED, Status.CACHED]
    assert again.to_record == ()
    assert [p.utterance for p in again.planned] == [p.utterance for p in first.planned]


def test_a_take_of_another_episode_is_cached_without_a_manifest() -> None:
    first = plan_of(town("One."))
    assert only(plan_of(town("One."), has=stored(first))).status is Status.CACHED


def test_one_edited_line_is_one_take() -> None:
    first = plan_of(town("One.", "Two.", "Three."))
    again = rerun(first, town("One.", "Two changed.", "Three."))
    assert statuses(again) == [Status.CACHED, Status.NEW_TEXT, Status.CACHED]
    assert [u.text for u in again.to_record] == ["Two changed."]


def test_reorder_and_delete_record_nothing() -> None:
    first = plan_of(town("One.", "Two.", "Three."))
    assert rerun(first, town("Three.", "One.")).to_record == ()


def test_an_unchanged_line_keeps_its_take_through_a_new_revision() -> None:
    script = town("One.", "Two.")
    first = plan_of(script)
    again = rerun(first, town("One.", "Two changed."), NEWER)
    kept, new = again.planned
    assert (kept.status, kept.reason) == (Status.KEPT, "kept: draft r3, now r4")
    old = first.planned[0].utterance
    assert (kept.utterance.address, kept.utterance.spans, kept.utterance.seed) == (old.address, old.spans, old.seed)
    assert new.status is Status.NEW_TEXT
    # and the episode after that still knows it
    assert statuses(rerun(again, town("One."), NEWER, has=stored(again))) == [Status.KEPT]


def test_the_manifests_take_goes_before_a_newer_one_that_happens_to_be_there() -> None:
    script = town("One.")
    first, newer = plan_of(script), plan_of(script, NEWER)
    again = only(rerun(first, script, NEWER, has=lambda _: True))
    assert again.status is Status.KEPT
    assert again.utterance.address == only(first).utterance.address != only(newer).utterance.address


def test_another_back_end_of_the_same_revision_is_said_so() -> None:
    script = town("One.")
    kept = only(rerun(plan_of(script), script, replace(DRAFT, fingerprint="draft r3 gpu")))
    assert kept.status is Status.KEPT
    assert "backend" in kept.reason


def test_refresh_records_by_the_newest_rules_and_only_once() -> None:
    script = town("One.")
    first, newer = plan_of(script), plan_of(script, NEWER)
    asked = only(rerun(first, script, NEWER, refresh=True))
    assert (asked.status, asked.reason) == (Status.REFRESHED, "refreshed: draft r3, now r4")
    assert asked.utterance == only(newer).utterance
    assert only(rerun(first, script, NEWER, refresh=True, has=lambda _: True)).status is Status.CACHED
    assert only(rerun(first, script, refresh=True)).status is Status.CACHED


def respelled(line_: RecordedLine, text: str) -> RecordedLine:
    """As an older spelling rule would have recorded it."""
    return replace(line_, address="0" * 64, spoken=(SpokenSpan(text, "en"),), seed=7)


def test_a_line_spelled_by_older_rules_is_kept_as_it_was_spoken() -> None:
    script = town("See https://example.com/a/b now.")
    old = respelled(recorded(plan_of(script))[0], "See aitch tee tee pee now.")
    kept = only(plan_of(script, previous=[old], has=lambda address: address == old.address))
    assert (kept.status, kept.reason) == (Status.KEPT, "kept: spelled by older rules")
    assert (kept.utterance.address, kept.utterance.spans, kept.utterance.seed) == (old.address, old.spoken, 7)


def test_a_segment_packed_by_older_rules_is_kept_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    script = town(LONG_LINE, "Between.", LONG_LINE)
    with monkeypatch.context() as older:
        older.setattr(pack, "TARGET_SECONDS", 7.0)
        older.setattr(pack, "FULL_SECONDS", 8.0)
        first = plan_of(script)
    assert texts(first) != texts(plan_of(script))
    again = rerun(first, script)
    assert set(statuses(again)) <= {Status.KEPT, Status.CACHED}
    assert Status.KEPT in statuses(again)
    assert texts(again) == texts(first)
    assert [p.utterance.address for p in again.planned] == [p.utterance.address for p in first.planned]
    assert any(p.reason == "kept: packed by older rules" for p in again.planned)
    assert texts(rerun(first, script, refresh=True)) == texts(plan_of(script))
    # with one of its takes gone the segment is packed anew
    lost = first.planned[1].utterance.address
    mended = rerun(first, script, has=lambda address: stored(first)(address) and address != lost)
    assert texts(mended) == texts(plan_of(script))
    assert all(p.status in {Status.LOST, Status.CACHED} for p in mended.planned)
    assert Status.LOST in statuses(mended)


def test_of_a_segment_packed_anew_what_is_the_same_is_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = (
        ("This sentence is so long that no other fits beside it, " * 3)[:-2] + ".",
        *(f"This is the {n} of the short ones, and it ends here." for n in "ab"),
    )
    script = town(" ".join(sentences))
    with monkeypatch.context() as older:
        older.setattr(pack, "TARGET_SECONDS", 5.0)
        older.setattr(pack, "FULL_SECONDS", 5.0)
        first = plan_of(script)
    assert (texts(first), texts(plan_of(script))) == ([*sentences], [sentences[0], " ".join(sentences[1:])])
    again = rerun(first, script)
    assert [(p.status, p.reason) for p in again.planned] == [
        (Status.CACHED, "cached"),
        *[(Status.KEPT, "kept: packed by older rules")] * 2,
    ]
    assert [p.utterance.address for p in again.planned] == [p.utterance.address for p in first.planned]


def test_a_take_that_is_gone() -> None:
    script = town("One.", "Two.")
    first = plan_of(script)
    gone = first.planned[0].utterance.address
    again = rerun(first, script, has=lambda address: address != gone)
    assert statuses(again) == [Status.LOST, Status.CACHED]
    assert [u.address for u in again.to_record] == [gone]
    by_newer = rerun(first, script, NEWER, has=lambda address: address in {p.utterance.address for p in first.planned[1:]})
    assert statuses(by_newer) == [Status.LOST, Status.KEPT]
    assert by_newer.to_record[0].address == only(plan_of(town("One."), NEWER)).utterance.address


def changed(old: Plan, new_script: object, engine: EngineInfo = DRAFT) -> Planned:
    return only(rerun(old, new_script, engine))


def test_option_changed() -> None:
    found = changed(plan_of(town("One.")), town(line("One.", options=Options(speed=1.1, seed=4))))
    assert (found.status, found.reason) == (Status.OPTION_CHANGED, "option changed: speed 1 -> 1.1, seed 0 -> 4")


def test_option_changed_that_packs_anew_is_still_an_option() -> None:
    first = plan_of(town(LONG_LINE))
    again = rerun(first, town(line(LONG_LINE, options=faster(0.5))))
    assert texts(first) != texts(again)
    assert set(statuses(again)) == {Status.OPTION_CHANGED}


def test_voice_changed() -> None:
    first = plan_of(town("One."))
    styled = changed(first, town(line("One.", style="quiet")))
    assert (styled.status, styled.reason) == (Status.VOICE_CHANGED, "voice changed: style plain -> quiet")
    recast = changed(first, town("One.", cast=(CastEntry("Narrator", "ben", TOP, options=faster(1.0)),)))
    assert recast.status is Status.VOICE_CHANGED
    assert "ben" in recast.reason
    handed_over = changed(first, town(line("One.", speaker="Ben")))
    assert handed_over.status is Status.VOICE_CHANGED
    assert handed_over.reason.startswith("voice changed: speaker Narrator -> Ben")


def test_a_new_clip_is_a_changed_voice_where_it_is_heard() -> None:
    script = town("One.")
    other = {"Narrator": replace(ADA, styles={"": Style(replace(CLIP, sha256="new"), ADA.styles[""].settings)})}
    for engine, wanted in ((CLONER, Status.VOICE_CHANGED), (DRAFT, Status.CACHED)):
        first = plan_of(script, engine)
        again = build_plan(script, other, Settings(), dict.fromkeys(other, engine), Problems(), has=stored(first), previous=recorded(first))
        assert only(again).status is wanted


def test_engine_changed() -> None:
    first = plan_of(town("One."))
    found = changed(first, town("One."), CLONER)
    assert (found.status, found.reason) == (Status.ENGINE_CHANGED, "engine changed: draft -> cloner")
    model = changed(plan_of(town("One."), CLONER), town("One."), replace(CLONER, model="large", fingerprint="cloner r1 large"))
    assert (model.status, model.reason) == (Status.ENGINE_CHANGED, "engine changed: model base -> large")


def test_of_several_changes_all_are_named_but_the_options_of_another_engine() -> None:
    first = plan_of(town("One."))
    both = changed(first, town(line("One.", style="quiet", options=faster(1.1))))
    assert (both.status, both.reason) == (Status.VOICE_CHANGED, "voice changed: style plain -> quiet; option changed: speed 1 -> 1.1")
    engine = changed(first, town(line("One.", options=faster(1.1))), CLONER)
    assert (engine.status, engine.reason) == (Status.ENGINE_CHANGED, "engine changed: draft -> cloner")


def test_spelling_and_language_of_the_same_words_are_new_text_that_says_why() -> None:
    first = plan_of(town("Nguyen left."))
    lexicon = changed(first, town("Nguyen left.", settings=Settings(lexicon={"Nguyen": "win"})))
    assert (lexicon.status, lexicon.reason) == (Status.NEW_TEXT, "new text: spelled differently for speech")
    language = changed(first, town(line(Span("Nguyen left.", language="vi"))))
    assert (language.status, language.reason) == (Status.NEW_TEXT, "new text: language en -> vi")


def test_equal_lines_are_told_apart_by_their_turn() -> None:
    first = plan_of(town(line("Yes.", options=faster(1.1)), line("Yes.", options=faster(1.2))))
    again = rerun(first, town(line("Yes.", options=faster(1.1)), line("Yes.", options=faster(1.5))))
    assert statuses(again) == [Status.CACHED, Status.OPTION_CHANGED]
    assert again.planned[1].reason == "option changed: speed 1.2 -> 1.5"


def test_a_line_said_more_often_than_last_time_is_cached_each_time() -> None:
    assert statuses(rerun(plan_of(town("Yes.")), town("Yes.", "Yes.", "Yes."))) == [Status.CACHED] * 3
    # The last of two different takes serves all further ones.
    two = plan_of(town(line("Yes.", options=faster(1.1)), line("Yes.", options=faster(1.2))))
    again = rerun(two, town(*[line("Yes.", options=faster(speed)) for speed in (1.1, 1.2, 1.2, 1.3)]))
    assert statuses(again) == [*[Status.CACHED] * 3, Status.OPTION_CHANGED]
    assert again.planned[3].reason == "option changed: speed 1.2 -> 1.3"


def test_every_look_in_the_store_is_made_once() -> None:
    asked: list[str] = []
    plan_of(town(*["Yes."] * 5), has=lambda address: bool(asked.append(address)))
    assert len(asked) == 1


def test_summary() -> None:
    first = plan_of(town("One of them is there."))
    plan = rerun(first, town("One of them is there.", "This one is new.", "This one is new."))
    figures = summarize(plan)
    assert figures.counts == {Status.CACHED: 1, Status.NEW_TEXT: 2}
    assert (figures.utterances, figures.takes_to_record) == (3, 1)
    new = plan.planned[1].utterance.estimate_seconds
    assert figures.record_seconds == pytest.approx(new)
    assert figures.work_seconds == pytest.approx(new * DRAFT.realtime_factor)
    assert figures.speech_seconds == pytest.approx(plan.planned[0].utterance.estimate_seconds + 2 * new)


def test_an_edit_of_nine_hundred_lines_is_explained_in_the_time_of_planning_them() -> None:
    lines = [f"Line {number} is told by Dr. Smith, who paid $3.50 for it. Then he went home to the U.S. again." for number in range(900)]
    first = plan_of(town(*lines))
    previous, has = recorded(first), stored(first)
    edited = town(*lines[:450], "Something else is said here.", *lines[451:])
    planned, explained = [], []
    for _ in range(3):
        start = time.process_time()
        plan_of(edited)
        planned.append(time.process_time() - start)
        start = time.process_time()
        again = plan_of(edited, previous=previous, has=has)
        explained.append(time.process_time() - start)
    assert len(again.to_record) == 1
    assert min(explained) < 2 * min(planned)


def test_time_grows_with_the_script_and_not_with_its_square() -> None:
    def seconds(count: int) -> float:
        script = town("你好。“走吧。”" * count, "word " * count * 4, "A sentence. " * count)
        start = time.process_time()
        plan_of(script)
        return time.process_time() - start

    seconds(100)
    small = min(seconds(1000) for _ in range(2))
    assert seconds(8000) < 8 * small * 3


def test_a_clip_that_replaces_another_keeps_its_takes_until_they_are_refreshed() -> None:
    """As after an update of voiceover whose voices have new clips."""
    script = town("One.", line("Two.", style="quiet"), "Three.")
    first = plan_of(script, CLONER)
    quiet = ADA.styles["quiet"]
    renewed = replace(CLIP, text="Other words.", sha256="c9", formerly=("c1", CLIP.text))
    newer = replace(ADA, styles={"": Style(renewed, ADA.styles[""].settings), "quiet": quiet})

    def again(script: object, **more: object) -> Plan:
        given: dict[str, object] = {"has": stored(first), "previous": recorded(first), **more}
        return build_plan(script, {"Narrator": newer}, Settings(), {"Narrator": CLONER}, Problems(), **given)  # type: ignore[arg-type]

    kept = again(script)
    assert statuses(kept) == [Status.KEPT, Status.CACHED, Status.KEPT]
    assert [p.utterance.address for p in kept.planned] == [p.utterance.address for p in first.planned]
    assert summarize(kept).kept == {"kept: an older clip of the voice ada": 2}
    # A new line gets the new clip, and so does every line that is refreshed.
    assert statuses(again(town("One.", "Four."))) == [Status.KEPT, Status.NEW_TEXT]
    refreshed = again(script, refresh=True)
    assert statuses(refreshed) == [Status.REFRESHED, Status.CACHED, Status.REFRESHED]
    assert refreshed.planned[0].reason == "refreshed: an older clip of the voice ada"
    assert refreshed.planned[0].utterance.address != first.planned[0].utterance.address
    # A clip that replaces none is another voice.
    other = replace(newer, styles={**newer.styles, "": Style(replace(renewed, formerly=None), ADA.styles[""].settings)})
    told = build_plan(
        script, {"Narrator": other}, Settings(), {"Narrator": CLONER}, Problems(), has=stored(first), previous=recorded(first)
    )
    assert statuses(told) == [Status.VOICE_CHANGED, Status.CACHED, Status.VOICE_CHANGED]
