"""Checks if a voice can be cloned from a recording, and makes the reference clip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voiceover.audio import measures
from voiceover.audio.dc_offset import without_offset
from voiceover.audio.files import resample
from voiceover.audio.limits import BEST_CLIP
from voiceover.audio.speech_detection import PAUSE_SECONDS, Activity, find_pauses, find_speech
from voiceover.types import FloatArray
from voiceover.voices.band import is_telephone
from voiceover.voices.channels import mixed
from voiceover.voices.cuts import cleanest_cuts, silences
from voiceover.voices.pauses import without_pauses
from voiceover.voices.recording import Recording
from voiceover.voices.reverberation import STRONG_SECONDS, reverberation_seconds
from voiceover.voices.verdicts import ClipReport, ClipVerdict, Cut, Level

SAMPLE_RATE = 24_000
"""Sample rate of a clip, in Hz."""
SHORTEST_SECONDS = 2.0
SHORT_SECONDS = 3.0
LONG_SECONDS = 10.0
LONGEST_SECONDS = 12.0
"""The longest clip that can be used as a reference."""
_MARGIN_SECONDS = 0.05
"""Kept around the speech, as engines do."""
_TAIL_SECONDS = 2.0
"""Length after the speech in which reverberation is measured."""
_OFFSET = 0.005
"""Share of full scale; less than this is usual."""
_FADE_SECONDS = 0.005
_EDGE_SECONDS = 0.01
_LISTED = 12
"""Silences that a message lists."""
_BEST = f"{BEST_CLIP} sound best"


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A recording after its checks."""

    samples: FloatArray
    """The clip: mono at 24 kHz, shape (frames,), cut to the speech, never past full scale."""
    report: ClipReport


def examine(recording: Recording, text: str, *, kept: bool = False) -> Examined:
    """Check a recording of ``text`` and make a clip of it; the report says if it can be used.

    With ``kept`` the recording already is a voice's clip and is judged as engines use it: with its pauses, and as the mean of its
    channels.
    """
    level, offset = without_offset(recording.samples, recording.sample_rate)
    mono, channels = mixed(level, recording.sample_rate, as_heard=kept)
    samples = resample(mono, recording.sample_rate, SAMPLE_RATE)
    del mono  # a long recording fills a good part of the memory
    activity = find_speech(samples, SAMPLE_RATE)
    lively = measures.liveliness_db(samples, SAMPLE_RATE)
    if not activity.intervals or lively < 6.0:
        # If the channels cancel each other completely, that is the only useful verdict.
        return Examined(samples[:0], ClipReport((channels if channels.level is Level.REFUSAL else _no_speech(samples, lively),), 0.0))
    margin = round(_MARGIN_SECONDS * SAMPLE_RATE)
    first = max(activity.start - margin, 0)
    whole = samples[first : activity.end + margin]
    pauses = find_pauses(whole, SAMPLE_RATE)
    clip = whole
    spare = sum(end - start - round(PAUSE_SECONDS * SAMPLE_RATE) for start, end in pauses)
    if not kept and len(whole) - spare <= LONGEST_SECONDS * SAMPLE_RATE:
        clip = without_pauses(whole, SAMPLE_RATE)
    seconds = len(clip) / SAMPLE_RATE
    shift = recording.start_seconds
    gaps = tuple((start + shift, stop + shift) for start, stop in silences(activity, SAMPLE_RATE))
    cuts: tuple[Cut, ...] = ()
    if seconds > LONGEST_SECONDS:
        cuts = tuple(Cut(c.start + shift, c.stop + shift, c.snr_db) for c in cleanest_cuts(samples, SAMPLE_RATE, activity))
    places = [((first + start) / SAMPLE_RATE + shift, (first + end) / SAMPLE_RATE + shift) for start, end in pauses]
    verdicts = [
        ClipVerdict("speech", Level.OK, activity.frames / SAMPLE_RATE, f"{activity.frames / SAMPLE_RATE:.1f} s of it"),
        _length(seconds, gaps, cuts),
        channels,
        _offset(offset, kept),
        _rate(recording.sample_rate),
        _band(whole),
        _clipping(level),
        _noise(samples, activity),
        _music(clip[: round(LONGEST_SECONDS * SAMPLE_RATE)]),
        _reverb(samples[first : activity.end + round(_TAIL_SECONDS * SAMPLE_RATE)]),
        _edges(samples, activity, clip),
        _level(clip),
    ]
    if seconds <= LONGEST_SECONDS:  # else the silences are listed, and the text cannot be that of a part
        verdicts += [_pauses(places, kept), _words(text, activity)]
    report = ClipReport(tuple(verdicts), seconds, gaps if cuts or seconds > LONGEST_SECONDS else (), cuts)
    return Examined(_finished(clip), report)


def _no_speech(samples: FloatArray, lively: float) -> ClipVerdict:
    if not len(samples):
        return ClipVerdict("speech", Level.REFUSAL, 0.0, "the recording is empty")
    if float(np.abs(samples).max(initial=0.0)) < 1e-4:
        return ClipVerdict("speech", Level.REFUSAL, 0.0, "nothing but silence; was the right microphone on?")
    return ClipVerdict("speech", Level.REFUSAL, lively, f"no speech: one steady sound, whose level moves by {lively:.1f} dB only")


def _length(seconds: float, gaps: tuple[tuple[float, float], ...], cuts: tuple[Cut, ...]) -> ClipVerdict:
    if seconds < SHORTEST_SECONDS:
        return ClipVerdict("length", Level.REFUSAL, seconds, f"{seconds:.1f} s is too short; {_BEST}")
    if seconds > LONGEST_SECONDS:
        return ClipVerdict("length", Level.REFUSAL, seconds, _too_long(seconds, gaps, cuts))
    if seconds < SHORT_SECONDS:
        return ClipVerdict("length", Level.REMARK, seconds, f"{seconds:.1f} s is short; {_BEST}")
    if seconds > LONG_SECONDS:
        return ClipVerdict("length", Level.REMARK, seconds, f"{seconds:.1f} s is long; {_BEST} and every line costs less")
    return ClipVerdict("length", Level.OK, seconds, f"{seconds:.1f} s")


def _too_long(seconds: float, gaps: tuple[tuple[float, float], ...], cuts: tuple[Cut, ...]) -> str:
    message = f"{seconds:.1f} s is too long; {LONGEST_SECONDS:.0f} s are the most, {_BEST}. Cut by itself, its words would no longer fit."
    longest = sorted(sorted(gaps, key=lambda gap: gap[0] - gap[1])[:_LISTED])
    if longest:
        more = f" and {len(gaps) - len(longest)} shorter ones" if len(gaps) > len(longest) else ""
        message += f" It is silent at {', '.join(f'{start:.2f} to {stop:.2f} s' for start, stop in longest)}{more}."
    else:
        message += " It has no silence to part it at."
    if cuts:
        message += f" Take a part, with that part's words: {'; '.join(map(str, cuts))}."
    return message


def _pauses(places: Sequence[tuple[float, float]], kept: bool) -> ClipVerdict:
    longest = max((stop - start for start, stop in places), default=0.0)
    if not places:
        return ClipVerdict("pauses", Level.OK, longest, f"none over {PAUSE_SECONDS:g} s")
    shown = ", ".join(f"{start:.2f} to {stop:.2f} s" for start, stop in places[:_LISTED])
    more = f" and {len(places) - _LISTED} more" if len(places) > _LISTED else ""
    cure = "take it out: it is heard with every line" if kept else f"what is over {PAUSE_SECONDS:g} s of each is cut out"
    return ClipVerdict("pauses", Level.REMARK, longest, f"a pause at {shown}{more}; {cure}")


def _offset(offset: float, kept: bool) -> ClipVerdict:
    if offset < _OFFSET:
        return ClipVerdict("offset", Level.OK, offset, "none")
    cure = "'voiceover voices add' removes it" if kept else "it is removed"
    return ClipVerdict(
        "offset", Level.REMARK, offset, f"a constant offset of {offset:.1%} of full scale, from the sound card perhaps; {cure}"
    )


def _band(clip: FloatArray) -> ClipVerdict:
    if is_telephone(clip, SAMPLE_RATE):
        message = "next to nothing outside of 300 to 3400 Hz, as on a telephone; the voice will sound so, too. Record it with a microphone"
        return ClipVerdict("band", Level.REMARK, 3400, message)
    return ClipVerdict("band", Level.OK, SAMPLE_RATE / 2, "wide")


def _reverb(samples: FloatArray) -> ClipVerdict:
    seconds = reverberation_seconds(samples, SAMPLE_RATE)
    if seconds is None:
        return ClipVerdict("reverb", Level.OK, 0.0, "too little dies away to tell")
    if seconds > STRONG_SECONDS:
        message = (
            f"a room that rings for about {seconds:.1f} s, which is cloned too; record closer to the microphone, or among soft furniture"
        )
        return ClipVerdict("reverb", Level.REMARK, seconds, message)
    return ClipVerdict("reverb", Level.OK, seconds, f"sounds die away within {seconds:.1f} s")


def _rate(sample_rate: int) -> ClipVerdict:
    if sample_rate < 16_000:
        return ClipVerdict(
            "rate", Level.REMARK, sample_rate, f"{sample_rate} Hz: it will sound as on a telephone; record at {SAMPLE_RATE} or more"
        )
    return ClipVerdict("rate", Level.OK, sample_rate, f"{sample_rate} Hz")


def _clipping(samples: FloatArray) -> ClipVerdict:
    share = max((measures.clipped_share(samples[:, channel]) for channel in range(samples.shape[1])), default=0.0)
    if share >= 0.01:
        return ClipVerdict("clipping", Level.REFUSAL, share, f"{share:.1%} of it is clipped; record it again, less loud")
    if share >= 1e-4:
        return ClipVerdict("clipping", Level.REMARK, share, f"{share:.2%} of it is clipped; it will crackle, record it again less loud")
    return ClipVerdict("clipping", Level.OK, share, "none")


def _noise(samples: FloatArray, activity: Activity) -> ClipVerdict:
    ratio = measures.snr_db(samples, SAMPLE_RATE, activity.start, activity.end)
    shown = min(ratio, 90.0)
    if ratio < 12:
        return ClipVerdict("noise", Level.REFUSAL, shown, f"speech is only {ratio:.0f} dB over the background; 40 dB are good, 25 will do")
    if ratio < 25:
        return ClipVerdict(
            "noise", Level.REMARK, shown, f"speech is {ratio:.0f} dB over the background, which is cloned too; 40 dB are good"
        )
    return ClipVerdict("noise", Level.OK, shown, f"speech is {shown:.0f} dB over the background")


def _music(clip: FloatArray) -> ClipVerdict:
    share = measures.steady_share(clip, SAMPLE_RATE)
    if share >= 0.6:
        return ClipVerdict("music", Level.REFUSAL, share, f"steady tones in {share:.0%} of it: music, singing or a hum, but no speech")
    if share >= 0.15:
        return ClipVerdict("music", Level.REMARK, share, f"steady tones in {share:.0%} of it: is there music or a hum in the background?")
    return ClipVerdict("music", Level.OK, share, "none")


def _edges(samples: FloatArray, activity: Activity, clip: FloatArray) -> ClipVerdict:
    """Check that the recording does not begin or end within a word."""
    size = round(_EDGE_SECONDS * SAMPLE_RATE)
    speech = measures.speech_level_dbfs(clip, SAMPLE_RATE)
    after = (len(samples) - activity.end) / SAMPLE_RATE
    sides = {"begins": samples[:size], "ends": samples[-size:]}
    within = [side for side, edge in sides.items() if _rms_db(edge) > speech - 10]
    if within:
        return ClipVerdict("edges", Level.REMARK, after, f"the recording {' and '.join(within)} within a sound; a word may be cut there")
    return ClipVerdict("edges", Level.OK, after, f"{after:.1f} s of silence at the end, which is cut; the engine adds its own")


def _level(clip: FloatArray) -> ClipVerdict:
    level = measures.speech_level_dbfs(clip, SAMPLE_RATE)
    if level < -45:
        return ClipVerdict("level", Level.REMARK, level, f"{level:.0f} dBFS is very quiet; it is raised, and its noise with it")
    return ClipVerdict("level", Level.OK, level, f"{level:.0f} dBFS")


def _words(text: str, activity: Activity) -> ClipVerdict:
    """Check that so many words can be spoken in this time; long pauses count half a second."""
    seconds = activity.frames / SAMPLE_RATE + sum(min(stop - start, 0.5) for start, stop in silences(activity, SAMPLE_RATE))
    letters = len("".join(text.split()))
    expected = measures.expected_seconds(text)
    pace = expected / seconds if seconds else math.inf
    message = f"{letters} letters in {seconds:.1f} s, {pace:.1f} times the usual pace"
    if 0.6 <= pace <= 1.6:
        return ClipVerdict("words", Level.OK, pace, message)
    level = Level.REMARK if 0.4 <= pace <= 2.2 else Level.REFUSAL
    return ClipVerdict("words", level, pace, f"{message}: are these the words that are said, all of them and no others?")


def _finished(clip: FloatArray) -> FloatArray:
    """Return the clip with its edges faded over 5 ms and below full scale, which resampling may exceed a little."""
    made = clip.copy()
    fade = np.linspace(0, 1, min(round(_FADE_SECONDS * SAMPLE_RATE), len(made) // 2), dtype=np.float32)
    if len(fade):
        made[: len(fade)] *= fade
        made[-len(fade) :] *= fade[::-1]
    peak = float(np.abs(made).max(initial=0.0))
    return made * np.float32(0.999 / peak) if peak > 0.999 else made


def _rms_db(samples: FloatArray) -> float:
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return 10 * math.log10(power + 1e-20)
