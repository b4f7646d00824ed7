"""Addresses and keys: changed by what is heard, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.plan.parts import ADA, BEN, CLIP, CLONER, DRAFT, TOP, faster, line, only, plan_of, town
from voiceover.plan import build_plan, voice_digest
from voiceover.settings.problems import Problems
from voiceover.types import CastEntry, Options, Pronunciation, Script, Settings, Span, Style, Utterance, Voice

TEXT = "A Town Mouse and a Country Mouse were acquaintances."


def said(*spans: str | Span, engine: object = DRAFT, settings: Settings = Settings(), **more: object) -> Utterance:  # noqa: B008
    return only(plan_of(town(line(*(spans or (TEXT,)), **more), settings=settings), engine)).utterance  # type: ignore[arg-type]


def with_voice(voice: Voice, script: Script | None = None) -> Utterance:
    engines = {"Narrator": CLONER}
    return only(build_plan(script or town(TEXT), {"Narrator": voice}, Settings(), engines, Problems(), has=lambda _: False)).utterance


def test_an_address_is_a_sha256_and_a_seed_63_bits() -> None:
    utterance = said()
    assert len(bytes.fromhex(utterance.address)) == 32
    assert 0 <= utterance.seed < 2**63
    assert utterance == said()


@pytest.mark.parametrize(
    "other",
    [
        lambda: said(TEXT + " Yes."),
        lambda: said(Span(TEXT, language="fr")),
        lambda: said(Span(TEXT, say="x")),
        lambda: said(style="quiet"),
        lambda: said(options=faster(1.1)),
        lambda: said(options=Options(seed=1)),
        lambda: said(settings=Settings(language="de")),
        lambda: said(settings=Settings(lexicon={"Town": "tone"})),
        lambda: said(engine=CLONER),
        lambda: said(engine=replace(DRAFT, fingerprint="draft r4")),
    ],
)
def test_what_is_heard_changes_the_address(other: object) -> None:
    assert other().address != said().address  # type: ignore[operator]


@pytest.mark.parametrize(
    "other",
    [
        lambda: said(paragraph=7),
        lambda: said(gain_db=-3.0),
        lambda: said(options=faster(1.0)),
        lambda: said(options=Options(speed=1)),
        lambda: said(options=Options(seed=0)),
        lambda: said(options=Options(steps=16, cfg_strength=1.5)),
        lambda: said("A Town  Mouse and", "\na Country Mouse were acquaintances. "),
        lambda: said(settings=Settings(language="EN", title="Other", lexicon={"never": "met"})),
        lambda: said(engine=replace(DRAFT, revision=9, sample_rate=8000, realtime_factor=9.0)),
        lambda: said(Span("A Town Mouse", say="A Town Mouse"), " and a Country Mouse were acquaintances."),
    ],
)
def test_what_is_not_heard_does_not(other: object) -> None:
    assert other().address == said().address  # type: ignore[operator]


def test_only_options_of_the_engine_count() -> None:
    steps = Options(steps=16, method="rk4")
    assert said(options=steps, engine=DRAFT).options == Options(speed=1.0, seed=0)
    assert said(options=steps, engine=CLONER).options == Options(speed=1.0, seed=0, steps=16)
    assert said(options=steps, engine=CLONER).address != said(engine=CLONER).address
    deaf = replace(DRAFT, options=frozenset())
    assert said(options=Options(speed=2.0, seed=5), engine=deaf).address == said(engine=deaf).address


def test_the_seed_depends_on_words_and_setting_alone() -> None:
    assert said().seed == said(engine=CLONER, style="quiet", options=faster(2.0)).seed
    assert said().seed != said(options=Options(seed=3)).seed
    assert said().seed != said("Other words.").seed


def test_what_the_engine_hears_of_a_voice() -> None:
    digest = voice_digest(ADA, "", CLONER)
    heard_alike = replace(ADA, name="eve", folder=Path("else"), gain_db=9.0, licence=None, consent="hers", description="x", speed=2.0)
    assert voice_digest(heard_alike, "", CLONER) == digest
    assert voice_digest(ADA, "quiet", CLONER) != digest
    for clip in (replace(CLIP, sha256="other"), replace(CLIP, text="other")):
        other = replace(ADA, styles={"": Style(clip, ADA.styles[""].settings)})
        assert voice_digest(other, "", CLONER) != digest
        assert voice_digest(other, "", DRAFT) == voice_digest(ADA, "", DRAFT)
    lower = replace(ADA, styles={"": Style(CLIP, {"draft": {"pitch": 10}})})
    assert voice_digest(lower, "", CLONER) == digest
    assert voice_digest(lower, "", DRAFT) != voice_digest(ADA, "", DRAFT)
    assert voice_digest(replace(ADA, styles={"": Style(CLIP, {"draft": {"pitch": 40.0}})}), "", DRAFT) == voice_digest(ADA, "", DRAFT)


def test_equal_lines_share_a_take_whoever_they_belong_to() -> None:
    script = town(line("Yes."), line("Yes.", speaker="Ben"), cast=(CastEntry("Narrator", "ada", TOP), CastEntry("Ben", "ada", TOP)))
    first, second = plan_of(script).planned
    assert first.utterance.address == second.utterance.address
    assert len(plan_of(script).to_record) == 1


def test_keys_are_blind_to_rules_and_see_what_the_writer_chose() -> None:
    newer = replace(DRAFT, revision=4, fingerprint="draft r4")
    assert said(engine=newer).line_key == said().line_key
    assert said(engine=newer).segment_key == said().segment_key
    chosen = [
        said(),
        said("Other."),
        said(Span(TEXT, say="x")),
        said(Span(TEXT, language="de")),
        said(settings=Settings(lexicon={"Town": "tone"})),
        said(options=faster(1.1)),
        said(style="quiet"),
        said(engine=CLONER),
        said(engine=replace(CLONER, model="other")),
    ]
    assert len({utterance.line_key for utterance in chosen}) == len(chosen)
    assert len({utterance.segment_key for utterance in chosen}) == len(chosen)


def test_keys_see_the_ipa_only_if_the_engine_speaks_it() -> None:
    phonemic = replace(DRAFT, name="phonemic", speaks_phonemes=True)
    plain, win, wen = (Span("Nguyen", ipa=ipa) for ipa in (None, "wɪn", "wɛn"))
    for key in ("address", "line_key", "segment_key"):
        assert len({getattr(said(span, engine=phonemic), key) for span in (plain, win, wen)}) == 3
        assert len({getattr(said(span), key) for span in (plain, win, wen)}) == 1
    both = {"Nguyen": Pronunciation("win", "wɪn")}
    spelled = {"Nguyen": Pronunciation("win")}
    assert said("Nguyen", settings=Settings(lexicon=both)).line_key == said("Nguyen", settings=Settings(lexicon={"Nguyen": "win"})).line_key
    assert said("Nguyen", settings=Settings(lexicon=both)).address == said("Nguyen", settings=Settings(lexicon=spelled)).address
    assert said("Nguyen", engine=phonemic, settings=Settings(lexicon=both)).line_key == said(win, engine=phonemic).line_key


def test_keys_are_blind_to_our_spelling() -> None:
    # an address with a picture is spelled by our rules, not by the writer
    typed = "See https://example.com/a/b and \U0001f389 go."
    assert said(typed).spoken != typed
    assert said(typed).line_key == said(typed.replace("See", "See\n")).line_key


def test_segment_keys_span_the_utterances_of_a_segment() -> None:
    plan = plan_of(town("One sentence that goes on for a while, as they do. " * 12))
    assert len(plan.planned) > 2
    assert len({planned.utterance.segment_key for planned in plan.planned}) == 1


def test_voice_speed_is_an_option_not_part_of_the_voice() -> None:
    assert with_voice(replace(ADA, speed=1.2)).address != with_voice(ADA).address
    assert with_voice(replace(ADA, speed=1.0)).address == with_voice(ADA).address
    assert with_voice(replace(ADA, speed=1.2)).options.speed == 1.2
    assert BEN.speed == 0.9
