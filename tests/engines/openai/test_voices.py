"""Which server and which of its voices speak a voice, and the page that describes it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.command_parts import run
from tests.engines.openai.conftest import Configure
from tests.engines.openai.speech_server import KEY, Speech
from voiceover.engines import context_of
from voiceover.engines.contract import plain_voice
from voiceover.engines.openai import diagnose, fit_voice, make, speaks, voices
from voiceover.errors import EngineMissingError, VoiceError
from voiceover.settings.user_config import SERVER_KEYS, config_file, read_user_config
from voiceover.types import EngineContext, Style, Voice

PAGE = (Path(__file__).parents[3] / "docs" / "servers.md").read_text("utf-8")
HOUSE = """\
  house:
    url: http://localhost:1
    model: small
    voices: [lina, nova, Onyx]
    languages: [de]
    licence: Apache-2.0
"""


@pytest.fixture
def context(tmp_path: Path) -> EngineContext:
    return context_of("openai", EngineContext(tmp_path))


def settings(voice: Voice, style: str = "") -> dict[str, object]:
    return dict(voice.styles[style].settings["openai"])


def test_voices_of_the_configuration(configure: Configure, context: EngineContext) -> None:
    configure(more=HOUSE)
    found = {voice.name: voice for voice in voices(context)}
    assert list(found) == ["nova", "onyx", "lina", "house/nova", "house/Onyx"]
    assert settings(found["nova"]) == {"server": "studio", "voice": "nova", "model": "tones-1", "format": "wav"}
    assert settings(found["house/nova"]) == {"server": "house", "voice": "nova", "model": "small", "format": "wav"}
    assert [(voice.language, voice.licence) for voice in found.values()][1:3] == [("en", "not stated by the server"), ("de", "Apache-2.0")]


def test_no_configuration_has_no_voices_and_no_engine(context: EngineContext) -> None:
    assert voices(context) == []
    with pytest.raises(EngineMissingError, match="voiceover config server add"):
        make(context)


def test_what_decides_the_sound_is_in_the_settings(configure: Configure, context: EngineContext) -> None:
    configure("format: pcm\nsample_rate: 22050\n", more=HOUSE)
    styles = {
        "": Style(None, {"openai": {"voice": "echo"}, "draft": {"pitch": 1}}),
        "soft": Style(None, {"openai": {"server": "house", "voice": "x", "instructions": "Softly."}}),
    }
    voice = fit_voice(context, Voice("zoe", None, "en", styles, licence="CC0-1.0")).voice
    assert settings(voice) == {"server": "studio", "voice": "echo", "model": "tones-1", "format": "pcm 22050"}
    assert settings(voice, "soft") == {"server": "house", "voice": "x", "model": "small", "format": "wav", "instructions": "Softly."}
    assert voice.styles[""].settings["draft"] == {"pitch": 1}


def test_a_voice_without_settings(configure: Configure, context: EngineContext) -> None:
    configure()
    fitted = fit_voice(context, plain_voice("Onyx"))
    assert (settings(fitted.voice)["voice"], fitted.remark) == ("onyx", None)
    names = [f"voice {number}" for number in range(40)]
    drawn = {name: settings(fit_voice(context, plain_voice(name)).voice)["voice"] for name in names}
    assert set(drawn.values()) == {"nova", "onyx"}
    assert fit_voice(context, plain_voice("ada")).remark is not None
    path = configure()
    path.write_text(path.read_text("utf-8").replace("[nova, onyx]", "[nova, alloy, onyx]"), "utf-8")
    again = {name: settings(fit_voice(context, plain_voice(name)).voice)["voice"] for name in names}
    assert all(again[name] in (drawn[name], "alloy") for name in names), "a new voice may only take some of the others' names"


def test_a_server_whose_voices_are_not_known(configure: Configure, context: EngineContext) -> None:
    path = configure()
    path.write_text(re.sub(r"    voices: .*\n", "", path.read_text("utf-8")), "utf-8")
    with pytest.raises(VoiceError, match="the voice ada does not say which voice of the server studio speaks it; write openai:"):
        fit_voice(context, plain_voice("ada"))


def test_doctor_says_that_no_server_is_configured(configure: Configure, context: EngineContext) -> None:
    assert diagnose(context) == {"servers": "none; add one: voiceover config server add --help"}
    configure()
    assert list(diagnose(context)) == ["studio"]


def test_which_voices_and_languages_it_speaks(configure: Configure, context: EngineContext) -> None:
    assert "no speech server is in your own configuration" in (speaks(context, plain_voice(), "en") or "")
    configure("languages: [en, de]\n", more=HOUSE)
    assert (speaks(context, plain_voice(), "de-AT"), speaks(context, plain_voice(), "EN")) == (None, None)
    assert speaks(context, plain_voice(), "fr") == 'the speech server studio does not speak "fr"; it speaks en, de'
    astray = Voice("zoe", None, "en", {"": Style(None, {"openai": {"server": "attic"}})}, licence="CC0-1.0")
    assert 'there is no server "attic"' in (speaks(context, astray, "en") or "")


def test_the_page_names_every_key_and_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| (.*?) ?\|$", PAGE, re.MULTILINE))
    assert tuple(rows) == SERVER_KEYS
    assert (rows["format"], rows["sample_rate"], rows["timeout"], rows["parallel"]) == ("`wav`", "24000", "120s", "2")


def test_the_commands_and_files_of_the_page(speech: Speech, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUDIO_KEY", KEY)
    lines = [line.strip() for line in PAGE.splitlines() if line.startswith("    voiceover ")]
    assert len(lines) == 4
    for line in lines:
        code, told = run(*shlex.split(line.replace("http://localhost:8880/v1", speech.url))[1:])
        assert code == 0, told
    assert [(asked["model"], asked["voice"]) for asked in speech.asked] == [("kokoro", "af_heart"), ("kokoro", "af_heart")]
    configuration, voice = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    config_file().write_text(configuration.replace("https://speech.example.com/v1", speech.url), "utf-8")
    (tmp_path / "voices" / "zoe").mkdir(parents=True)
    (tmp_path / "voices" / "zoe" / "voice.yaml").write_text(voice, "utf-8")
    (tmp_path / "a.md").write_text("---\nengine: openai\ncast: {Zoe: zoe}\n---\n\nZoe (whispering): Hush.\n", "utf-8")
    code, told = run("render", "a.md")
    assert code == 0, told
    assert (speech.asked[-1]["model"], speech.asked[-1]["instructions"]) == (read_user_config().servers["studio"].model, "Whisper.")
