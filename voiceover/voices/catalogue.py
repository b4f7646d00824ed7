"""Published recordings of people who agreed to such use: where to download each, and its exact words.

The recordings are of the VCTK Corpus 0.92 (Yamagishi, Veaux and MacDonald, University of Edinburgh, CC BY 4.0, doi:10.7488/ds/2645) as
kyutai/tts-voices publishes them: sentence 23 of each speaker, first microphone, cleaned. The words are those of the corpus's transcript
of each file; speakers without a transcript, with one that differs, or who take over 11 s for it are left out. Accents and ages are those
of the corpus's speaker-info.txt.
"""

from __future__ import annotations

from voiceover.errors import VoiceError
from voiceover.settings.values import did_you_mean
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class PublishedVoice:
    """A recording that anyone may download."""

    name: str
    repository: str
    """Model repository on the Hugging Face hub."""
    revision: str
    """Commit."""
    file: str
    """Path in the repository."""
    bytes: int
    sha256: str
    """Of the file."""
    text: str
    """Exact words."""
    language: str
    """BCP 47 tag."""
    licence: str
    """SPDX identifier."""
    description: str
    """Description of the speaker, with the credit that the licence requires."""


_REPOSITORY = "kyutai/tts-voices"
_REVISION = "323332d33f997de8394f24a193e1a76df720e01a"
_SENTENCE_23 = (
    "If the red of the second bow falls upon the green of the first, the result is to give a bow with an abnormally wide yellow band, "
    "since red and green light when mixed form yellow."
)


def _vctk(speaker: str, size: int, sha256: str, language: str, told: str) -> PublishedVoice:
    credit = f"VCTK Corpus 0.92 (University of Edinburgh, CSTR), speaker {speaker}, cleaned by Kyutai."
    return PublishedVoice(
        name=f"vctk-{speaker}",
        repository=_REPOSITORY,
        revision=_REVISION,
        file=f"vctk/{speaker}_023_enhanced.wav",
        bytes=size,
        sha256=sha256,
        text=_SENTENCE_23,
        language=language,
        licence="CC-BY-4.0",
        description=f"{told} {credit}",
    )


CATALOGUE: tuple[PublishedVoice, ...] = (
    _vctk("p229", 691_416, "309cf91a895830f15842b398f69a4962cb1f7e0bfab10e25dd27838e826c204b", "en-GB", "Woman, 23, Southern England."),
    _vctk("p244", 674_852, "5f07d4e2a3f20a15572aae885156b43ef3fc12ef3812996fd135680d9956448b", "en-GB", "Woman, 22, Manchester."),
    _vctk("p254", 639_272, "6b681a429198f16e378d53bccb08d06939da7b00144a7696111d4f8f76be7756", "en-GB", "Man, 21, Surrey."),
    _vctk("p262", 716_330, "a13c27fb47627b05223691a0ef2974358a18c886e6c2f9d2762ff1d02c20926b", "en-GB", "Woman, 23, Edinburgh."),
    _vctk("p303", 823_852, "60e3d26cdf2efdec5df712152c839928f4d5522821e6554ae11fd96c57ab1026", "en-CA", "Woman, 24, Toronto."),
    _vctk("p333", 639_084, "a35b0468382218e9f37a9a7494d1e4b74deaf18d7ced22265b4e325bb55c183f", "en-US", "Woman, 19, Indiana."),
    _vctk("p339", 759_340, "2f12e7f155eb3118f55425394f1b049e5b1b67bdc9b3932c8ba4521420aeb84a", "en-US", "Woman, 21, Pennsylvania."),
    _vctk("p360", 751_140, "b6743e9195e5e3fd34fe9d1633ae93f7ffab787b249e45f6467d7d6f7a6ee6ad", "en-US", "Man, 19, New Jersey."),
)


def published_voice(name: str) -> PublishedVoice:
    """Return the entry called ``name``, in any case. Raises VoiceError if there is none."""
    wanted = name.strip().casefold()
    for voice in CATALOGUE:
        if voice.name == wanted:
            return voice
    known = [voice.name for voice in CATALOGUE]
    raise VoiceError(f'no published voice is called "{name}"{did_you_mean(name, known) or "."} There are {", ".join(known)}')
