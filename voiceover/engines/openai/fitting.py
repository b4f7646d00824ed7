"""Which server and which of its voices speak a voice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from voiceover.engines.openai.voice_settings import INSTRUCTIONS, NAME, SERVER, VOICE
from voiceover.errors import VoiceError
from voiceover.settings.layers import DEFAULT_LANGUAGE
from voiceover.settings.user_config import server_called
from voiceover.types import DEFAULT_STYLE, FittedVoice, SettingValue, SpeechServer, Style, Voice
from voiceover.types.lazy_dataclass import dataclass

UNSTATED = "not stated by the server"
NO_SERVER = "no speech server is in your own configuration; add one: voiceover config server add --help"


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice of a server."""

    server: SpeechServer
    voice: str
    instructions: str | None = None
    chosen: bool = True
    """False if neither the voice nor its name says which voice of the server to take."""


def speaker_of(name: str, settings: Mapping[str, SettingValue], servers: Mapping[str, SpeechServer]) -> Speaker:
    """Return the server and its voice for the voice ``name`` with ``settings``.

    Without a setting, the voice of the server with the same name speaks, else one that ``name`` decides, the same every time. Raises
    VoiceError if there is no such server, or none of its voices is known.
    """
    label = str(settings.get(SERVER) or next(iter(servers), ""))
    server = server_called(label, servers)
    if isinstance(server, str):
        raise VoiceError(server)
    instructions = settings.get(INSTRUCTIONS)
    found = Speaker(server, str(settings.get(VOICE, "")), None if instructions is None else str(instructions))
    if found.voice:
        return found
    if not server.voices:
        how = f"write openai: {{voice: NAME}} in its voice.yaml, or list the server's voices under {server.label} in your configuration"
        raise VoiceError(f"the voice {name} does not say which voice of the server {server.label} speaks it; {how}")
    same = next((each for each in server.voices if each.casefold() == name.casefold()), None)
    if same is not None:
        return replace(found, voice=same)
    # The voice with the highest hash: if the list changes, few names get another voice.
    drawn = max(server.voices, key=lambda each: hashlib.sha256(f"{name.casefold()}\n{each}".encode()).digest())
    return replace(found, voice=drawn, chosen=False)


def refusal(voice: Voice, language: str, servers: Mapping[str, SpeechServer]) -> str | None:
    """Return why no server speaks ``voice`` in ``language``, or None."""
    if not servers:
        return NO_SERVER
    try:
        server = speaker_of(voice.name, voice.styles[DEFAULT_STYLE].settings.get(NAME, {}), servers).server
    except VoiceError as error:
        return str(error).rstrip(".")
    return language_refusal(language, server)


def language_refusal(language: str, server: SpeechServer) -> str | None:
    """Return why ``server`` does not speak ``language``, or None if it may."""
    if server.languages is None or language.split("-", 1)[0].lower() in server.languages:
        return None
    return f'the speech server {server.label} does not speak "{language}"; it speaks {", ".join(server.languages)}'


def fitted(voice: Voice, servers: Mapping[str, SpeechServer]) -> FittedVoice:
    """Return the voice with all that decides its sound in its settings, so that takes of another model or format are told apart.

    The server's address is not part of it: a server may move. Raises VoiceError as ``speaker_of`` does.
    """
    styles: dict[str, Style] = {}
    remark = None
    for key, style in voice.styles.items():
        speaker = speaker_of(voice.name, style.settings.get(NAME, {}), servers)
        styles[key] = replace(style, settings={**style.settings, NAME: settings_of(speaker)})
        if key == DEFAULT_STYLE and not speaker.chosen:
            server = speaker.server.label
            remark = f"the voice {voice.name} has no settings for {NAME}, so {speaker.voice} of the server {server} speaks it"
    return FittedVoice(replace(voice, styles=styles), remark)


def settings_of(speaker: Speaker) -> dict[str, SettingValue]:
    """Return what decides the sound of a voice. For bare samples this includes the rate that they are read at."""
    server = speaker.server
    form = server.format if server.format == "wav" else f"{server.format} {server.sample_rate}"
    settings: dict[str, SettingValue] = {SERVER: server.label, VOICE: speaker.voice, "model": server.model, "format": form}
    return settings if speaker.instructions is None else {**settings, INSTRUCTIONS: speaker.instructions}


def brought_voices(servers: Mapping[str, SpeechServer]) -> list[Voice]:
    """Return the voices that the servers are configured with; of two with one name, the later is called ``SERVER/NAME``."""
    found: dict[str, Voice] = {}
    for server in servers.values():
        language = (server.languages or (DEFAULT_LANGUAGE,))[0]
        for own in server.voices:
            name = own if own.casefold() not in found else f"{server.label}/{own}"
            style = Style(None, {NAME: settings_of(Speaker(server, own))})
            about = f"{own} of the speech server {server.label}, model {server.model}."
            voice = Voice(name, None, language, {DEFAULT_STYLE: style}, licence=server.licence or UNSTATED, description=about)
            found.setdefault(name.casefold(), voice)
    return list(found.values())
