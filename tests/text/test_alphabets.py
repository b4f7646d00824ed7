"""Text in another writing system than the language that will speak it is a warning that says what to set."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.conftest import Run
from voiceover.pipeline.check import check_script
from voiceover.text.alphabets import foreign_script, languages_in, letters_by_script, script_of, script_words, scripts_of
from voiceover.types import Settings

ENGLISH = "This is an English paragraph of some words."
CHINESE = "这里记录过去一周，我看到的值得分享的东西。"
JAPANESE = "これは日本語の文章です。"
KOREAN = "이것은 한국어 문장입니다."
RUSSIAN = "Это предложение на русском языке."
ARABIC = "هذه جملة باللغة العربية."
HEBREW = "זה משפט בעברית."
GREEK = "Αυτή είναι μια ελληνική πρόταση."
THAI = "นี่คือประโยคภาษาไทย"
HINDI = "यह हिन्दी का एक वाक्य है।"
SERBIAN = "Ово је реченица на српском језику."


def warnings(path: Path, typed: str, flags: Settings | None = None) -> list[str]:
    path.write_text(typed, "utf-8")
    found = [problem for problem in check_script(path, flags).problems if problem.code == "other-alphabet"]
    return [f"{problem.source.line}: {problem.message}" for problem in found]


@pytest.mark.parametrize(
    ("text", "words", "tag"),
    [
        (CHINESE, "Chinese characters", "zh"),
        (JAPANESE, "Japanese characters", "ja"),
        (KOREAN, "Korean letters", "ko"),
        (RUSSIAN, "Cyrillic letters", "ru (or the language that it is in)"),
        (ARABIC, "Arabic letters", "ar (or the language that it is in)"),
        (HEBREW, "Hebrew letters", "he"),
        (GREEK, "Greek letters", "el"),
        (THAI, "Thai letters", "th"),
        (HINDI, "Devanagari letters", "hi (or the language that it is in)"),
        ("Սա հայերեն նախադասություն է։", "Armenian letters", "hy"),
        ("ეს ქართული წინადადებაა.", "Georgian letters", "ka"),
        ("இது ஒரு தமிழ் வாக்கியம்.", "Tamil letters", "ta"),
    ],
)
def test_each_script_in_an_english_article(text: str, words: str, tag: str, tmp_path: Path) -> None:
    said = f"this text is in {words}, but will be spoken as en-GB; set language: {tag}"
    assert warnings(tmp_path / "a.md", f"{text}\n") == [f"1: {said}"]
    assert warnings(tmp_path / "a.md", f"{ENGLISH}\n\n{text}\n")[0].startswith(f"3: {said}, or mark the words: [text](lang:")
    assert warnings(tmp_path / "a.md", f"---\nlanguage: {tag.split(maxsplit=1)[0]}\n---\n\n{text}\n") == []


@pytest.mark.parametrize("language", ["zh", "ja", "ko", "ru", "ar", "he", "el", "th", "hi", "zh-Hans-CN", "yue", "uk"])
def test_english_in_a_script_of_another_language(language: str, tmp_path: Path) -> None:
    (said,) = warnings(tmp_path / "a.md", f"---\nlanguage: {language}\n---\n\n{ENGLISH}\n")
    assert said.startswith("5: this text is in Latin letters, but will be spoken as ")
    assert said.endswith("set language: en (or the language that it is in)")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sr", SERBIAN),
        ("sr", "Ovo je rečenica na srpskom jeziku."),
        ("sr-Latn", "Ovo je rečenica."),
        ("sr-Cyrl-RS", SERBIAN),
        ("ja", JAPANESE),
        ("ja", "東京都"),
        ("ja", "カタカナだけ"),
        ("ko", "이것은 漢字 혼용 문장입니다."),
        ("zh-Latn", "Zhè shì pīnyīn."),
        ("zh-TW", "注音：ㄓㄨˋ ㄧㄣ 漢字"),
        ("zh_Hant", CHINESE),
        ("uz", "Bu o‘zbekcha gap."),
        ("uz", "Бу ўзбекча гап."),
        ("az", "Bu cümlədir."),
        ("kk", "Бұл қазақша сөйлем."),
        ("kk", "Bul qazaqsha soilem."),
        ("pa", "ਇਹ ਪੰਜਾਬੀ ਹੈ।"),
        ("pa", "یہ پنجابی ہے"),
        ("ur", "یہ ایک جملہ ہے۔"),
        ("vi", "Đây là một câu tiếng Việt."),
        ("tr", "Bu bir Türkçe cümledir."),
        ("fa", "این یک جمله است."),
        ("yi", "דאָס איז אַ זאַץ."),
        ("mn", "Энэ бол өгүүлбэр."),
        ("hi-Latn", "Yah ek vakya hai."),
        ("und", CHINESE),
        ("tlh", CHINESE),
        ("en", "Café, naïve, ﬁn, Ｗｉｄｅ."),
    ],
)
def test_a_language_in_any_of_its_scripts(language: str, text: str) -> None:
    assert foreign_script(letters_by_script(text), language) == ""


@pytest.mark.parametrize(
    ("language", "text", "script"),
    [
        ("sr-Latn", SERBIAN, "Cyrl"),
        ("sr-Cyrl", "Ovo je rečenica.", "Latn"),
        ("zh", JAPANESE, "Kana"),
        ("zh-Latn", CHINESE, "Hani"),
        ("ko", CHINESE, "Hani"),
        ("ja", KOREAN, "Hang"),
        ("ur", HINDI, "Deva"),
        ("uk", GREEK, "Grek"),
    ],
)
def test_a_language_in_none_of_its_scripts(language: str, text: str, script: str) -> None:
    assert foreign_script(letters_by_script(text), language) == script


def test_over_half_the_letters_decide() -> None:
    assert foreign_script(letters_by_script("word 世界和平"), "en") == ""
    assert foreign_script(letters_by_script("word 世界和平吧"), "en") == "Hani"
    assert foreign_script(letters_by_script("これは Docker Compose の話です。"), "ja") == ""
    assert foreign_script(letters_by_script("This is Docker Compose の話"), "ja") == "Latn"
    assert foreign_script(letters_by_script("我用 Python 写代码。"), "zh") == ""
    assert foreign_script(letters_by_script("1, 2, 3... 🎉 ½ §"), "zh") == ""


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja", "Kubernetes と Docker を使って、Google Cloud Platform に TensorFlow Serving をデプロイします。"),
        ("zh", "Visual Studio Code 和 IntelliJ IDEA 的比较"),
        ("ru", "Обычный текст про GitHub, JavaScript, TypeScript и PostgreSQL."),
        ("uk", "PostgreSQL 17"),
        ("el", "Google Chrome, Mozilla Firefox"),
        ("he", "מדריך ל-Amazon Web Services Lambda"),
    ],
)
def test_names_of_products_are_no_reason_for_a_warning(language: str, text: str, tmp_path: Path) -> None:
    assert warnings(tmp_path / "a.md", f"---\nlang: {language}\n---\n\n{text}\n") == []
    assert len(warnings(tmp_path / "a.md", f"---\nlang: {language}\n---\n\n{text}\n\n{ENGLISH}\n")) == 1


@pytest.mark.parametrize(
    ("language", "text", "tag"),
    [("sr-Latn-RS", SERBIAN, "sr-Cyrl"), ("sr-Cyrl", "Ovo je rečenica.", "sr-Latn"), ("zh-Latn", CHINESE, "zh"), ("ko", CHINESE, "zh")],
)
def test_another_script_of_the_same_language_is_what_to_set(language: str, text: str, tag: str, tmp_path: Path) -> None:
    (said,) = warnings(tmp_path / "a.md", f"---\nlang: {language}\n---\n\n{text}\n")
    assert said.endswith(f"set language: {tag}")


def test_every_script_has_a_name_and_a_language_that_is_written_in_it() -> None:
    for character in "aαжא本かハ한ㄅعաअবਅઅଅఅಅഅඅกກཀကაሀកᠠܐހߊᎠᐁⵣ":
        script = script_of(character)
        assert script_words(script)
        assert all(script in scripts_of(language) for language in languages_in(script)), script


def test_code_maths_addresses_and_marked_words_do_not_count(tmp_path: Path) -> None:
    chinese = "---\nlanguage: zh\nread: {code: speak}\n---\n\n"
    for typed in (
        "用 `voiceover_render_everything_now()` 来做。",
        "公式 $\\alpha_{maximum} + \\beta_{minimum}$ 成立。",
        "见 https://example.org/a/very/long/address/of/a/page 一页。",
        "他说 [good morning to everybody here](lang:en) 走了。",
        "看这里：\n\n```\nimport everything_that_is_there\n```",
    ):
        assert warnings(tmp_path / "a.md", f"{chinese}{typed}\n") == [], typed
    assert warnings(tmp_path / "a.md", f"He said [{CHINESE}](lang:zh) and left.\n") == []
    assert warnings(tmp_path / "a.md", "The sign π, and the sign Ω.\n\nπ\n\n[王](say:wang) is a name.\n") == []


def test_the_language_that_speaks_is_the_most_specific_one(tmp_path: Path) -> None:
    head = "---\ntitle: T\ncast: {Ann: ada, Wei: {voice: ben, lang: zh}}\n---\n\n"
    assert warnings(tmp_path / "a.md", f"{head}Ann: {ENGLISH}\n\nWei: {CHINESE}\n") == []
    assert warnings(tmp_path / "a.md", f"{head}Ann: {ENGLISH}\n\nWei: {ENGLISH}\n") == [
        "8: this text is in Latin letters, but will be spoken as zh; set lang: en (or the language that it is in) for Wei in the cast, "
        "or mark the words: [text](lang:en)"
    ]
    assert warnings(tmp_path / "a.md", f"{head}Ann: {ENGLISH} [{CHINESE}](lang:fr)\n") == [
        "6: this text is in Chinese characters, but will be spoken as fr; mark it as lang: zh"
    ]
    assert warnings(tmp_path / "a.md", f"{CHINESE}\n", Settings(language="zh")) == []
    assert len(warnings(tmp_path / "a.md", f"{head}Ann: {ENGLISH}\n", Settings(language="ru"))) == 1
    (tmp_path / "voiceover.yaml").write_text("language: zh\n", "utf-8")
    assert warnings(tmp_path / "a.md", f"{CHINESE}\n") == []
    assert warnings(tmp_path / "a.yaml", f"segments:\n  - {{text: {ENGLISH}, lang: en}}\n  - {{text: {RUSSIAN}, lang: ru}}\n") == []


def test_one_warning_per_pair_with_a_count_and_the_first_place(tmp_path: Path) -> None:
    found = warnings(tmp_path / "a.md", "\n\n".join([ENGLISH, CHINESE, RUSSIAN, CHINESE, CHINESE]) + "\n")
    assert [said.split(",", 1)[0] for said in found] == [
        "3: 3 paragraphs from here on are in Chinese characters",
        "5: this text is in Cyrillic letters",
    ]


def test_check_plan_render_and_batch_say_it(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.md").write_text(f"---\ntitle: One\n---\n\n{CHINESE}\n", "utf-8")
    said = "5:1: warning: this text is in Chinese characters, but will be spoken as en-GB; set language: zh"
    assert said in voiceover("check", "site/a.md").stdout
    assert said in voiceover("plan", "site/a.md", "--engine", "draft").stderr
    assert said in voiceover("render", "site/a.md", "--engine", "draft", "-o", "out").stderr
    voiceover("batch", "site", "-o", "out2", "--engine", "draft", "--allow-draft", "--report", "report.json")
    (episode,) = json.loads((tmp_path / "report.json").read_text("utf-8"))["episodes"]
    assert any(said in note for note in episode["notes"])


@pytest.mark.parametrize(
    ("front", "language"),
    [
        ("lang: zh", "zh"),
        ("locale: en_US", "en-US"),
        ("lang: zh-Hans-CN", "zh-Hans-CN"),
        ("locale: de-DE", "de-DE"),
        ("Lang: fr", "fr"),
        ("locale: en_US.UTF-8", "en-US"),
        ("lang: fr\nlocale: de", "fr"),
        ("language: en\nlang: fr", "en"),
        ("lang: fr\nlanguage: en", "en"),
        ("language: [x]\nlang: fr", "fr"),
        ("lang: [x]\nlocale: de", "de"),
        ("lang: ''\nlocale: de", "de"),
        ("lang: fr\nvoiceover: {language: it}", "it"),
        ("lang: fr\nvoiceover: {voice: ben}", "fr"),
        ("title: x", None),
        ("lang: [en, fr]", None),
        ("lang: French", None),
        ("locale: {a: b}", None),
    ],
)
def test_lang_and_locale_are_the_language_of_an_article(front: str, language: str | None, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\n{front}\n---\n\nOne, two.\n", "utf-8")
    checked = check_script(path)
    assert checked.script is not None
    assert not checked.errors
    assert checked.settings.language == language
    nonsense = "[" in front or "{a" in front or "French" in front
    assert any(problem.message.endswith("(not used)") for problem in checked.problems) == nonsense


def test_lang_in_a_script_with_a_cast_is_a_slip(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("---\ncast: {Ann: ada}\nlang: fr\n---\n\nAnn: One, two.\n", "utf-8")
    assert [problem.message for problem in check_script(path).errors] == ['unknown key "lang"; did you mean "language"?']


def test_a_long_text_of_many_scripts_is_looked_at_soon(tmp_path: Path) -> None:
    started = time.process_time()
    for _ in range(20):
        letters_by_script((CHINESE + ENGLISH + RUSSIAN) * 2_000)
    assert time.process_time() - started < 2
