"""IPA as writers type it."""

from __future__ import annotations

import pytest

from voiceover.text.ipa import ipa_between_slashes, not_ipa, tidy_ipa


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("/wɪn/", "wɪn"),
        (" /ˈnuː jɔːk/ ", "ˈnuː jɔːk"),
        ("win", None),
        ("//", None),
        ("/ /", None),
        ("/and", None),
        ("/a/b/", None),
        ("/win/ly", None),
    ],
)
def test_ipa_stands_between_slashes(value: str, found: str | None) -> None:
    assert ipa_between_slashes(value) == found


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wɪn", "wɪn"),
        ("'go:gl", "ˈɡoːɡl"),
        ("  ˈwɪn.tə   ˌbaɪ ", "ˈwɪntə ˌbaɪ"),
        ("t͡ʃɛk d͜ʒæm", "t^ʃɛk d^ʒæm"),
        ("bõ fɑ\u0303", "b\u00f5 fɑ\u0303"),
        ("ni˨˩ xaʊ˨˩˦", "ni˨˩ xaʊ˨˩˦"),
    ],
)
def test_ipa_is_tidied(typed: str, meant: str) -> None:
    assert tidy_ipa(typed) == meant
    assert not_ipa(tidy_ipa(typed)) is None


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("Win", '"W" is not a symbol of the International Phonetic Alphabet'),
        ("w1n(ɹ)", '"1", "(", ")" are not symbols of the International Phonetic Alphabet'),
        ("вин", '"в", "и", "н" are not symbols of the International Phonetic Alphabet'),
        ("ˈ ː", "it has no sounds"),
        ("...", "it has no sounds"),
    ],
)
def test_what_is_no_ipa_is_named(typed: str, why: str) -> None:
    assert not_ipa(tidy_ipa(typed)) == why
