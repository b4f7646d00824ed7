"""libespeak-ng in a process of its own: the one file that loads it. Run by path, never imported by the package.

It imports nothing of voiceover, so it starts in some 30 ms, and GPL code shares no process with ours.

Protocol, little-endian, over stdin and stdout: every frame is a 32-bit length and that many bytes.

    request    one frame of JSON: {"pieces": [{"voice", "text", "pause"}], "rate", "pitch", "range", "seed"}
    reply      one frame of JSON: {"lengths": [samples of each piece], "words": [words of each piece], "spent": bool, "error": str or null},
               a word being [index of its first character in the text, sample at which it begins]
               one frame of 16-bit samples at 22,050 Hz, the pieces one after another
    request    one frame of JSON: {"phonemes": [{"voice", "text"}]}, each text one clause
    reply      one frame of JSON: {"phonemes": [IPA of each text], "spent", "error"}, and an empty frame

``spent`` says that the library could not be unloaded and that the next request wants a fresh process. The process ends when stdin does.

What the library is known for, and what is done about it here:

- Its samples depend on the clock and on all that was spoken before. So each request loads it afresh (dlopen, dlclose: some 5 ms), and
  both of its sources of randomness are seeded: ``espeak_ng_SetRandSeed`` and libc's ``srand``.
- A data path of 160 characters or more fails. So the process runs in the data's parent folder and names it ``.``.
- A bad path ends the process, unless ``espeakINITIALIZE_DONT_EXIT`` (0x8000) is set.
- It may print to stdout. So the protocol has a descriptor of its own, and descriptor 1 goes to stderr.
- It compresses loud voices at full volume. So it works at half, and the gain is applied to float samples by whoever asked.

Facts: speak_lib.h and espeak_ng.h of espeak-ng 1.52.
"""

from __future__ import annotations

import _ctypes
import ctypes
import json
import os
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import espeakng_loader

SAMPLE_RATE = 22_050
SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS
DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT
BUFFER_MS = 1000
CHARS_UTF8 = 1  # without espeakSSML (0x10) and espeakPHONEMES (0x100): text is only text
END_PAUSE = 0x1000  # espeakENDPAUSE
RATE, VOLUME, PITCH, RANGE = 1, 2, 3, 4  # espeak_PARAMETER
SLOWEST_RATE = 80  # espeakRATE_MINIMUM
HALF_VOLUME = 50
PHONEMES_IPA = 0x02  # espeakPHONEMES_IPA
PHONEMES_TIE = 0x80 | ord("^") << 8  # espeakPHONEMES_TIE: joins the letters of one sound by this character

SONIC_RATE = 450  # espeakRATE_MAXIMUM: from here on the library shortens its samples with sonic, and its events no longer fit them
WORD_EVENT = 1  # espeakEVENT_WORD


class Event(ctypes.Structure):
    """espeak_EVENT."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Event))


Words = list[tuple[int, int]]
"""Index of the first character and first sample of each word."""


class RefusedError(Exception):
    """The library cannot serve a request; the process still works."""


def read_frame(stream: BinaryIO) -> bytes | None:
    """Read the next frame; None at the end of the stream."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack("<I", head)
    body = stream.read(length)
    return body if len(body) == length else None


def write_frame(stream: BinaryIO, body: bytes) -> None:
    """Write one frame; the caller flushes."""
    stream.write(struct.pack("<I", len(body)))
    stream.write(body)


def variants(data: Path) -> list[str]:
    """Return the names of the voice variants in the data folder."""
    return sorted(entry.name for entry in (data / "voices" / "!v").iterdir())


def set_voice(library: ctypes.CDLL, data: Path, voice: str) -> None:
    """Choose ``language+variant``. The library silently ignores an unknown variant, so it is looked up first."""
    _, _, variant = voice.partition("+")
    if variant and variant not in (known := variants(data)):
        raise RefusedError(f'espeak-ng has no voice variant "{variant}"; it has {", ".join(known)}')
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise RefusedError(f'espeak-ng has no voice "{voice}"')


def stretch(library: ctypes.CDLL, samples: bytes, speed: float) -> bytes:
    """Stretch the samples to ``speed`` < 1 at the same pitch with the library's built-in sonic; unchanged if it has none."""
    try:
        change = library.sonicChangeShortSpeed
    except AttributeError:
        return samples
    frames = len(samples) // 2
    room = (ctypes.c_short * (int(frames / speed) + SAMPLE_RATE))()
    ctypes.memmove(room, samples, len(samples))
    one = ctypes.c_float(1.0)
    change.restype = ctypes.c_int
    kept = change(room, frames, ctypes.c_float(speed), one, one, one, 0, SAMPLE_RATE, 1)
    return bytes(memoryview(room).cast("B")[: 2 * kept])


def start(library: ctypes.CDLL, data: Path) -> None:
    """Start a freshly loaded library."""
    rate = library.espeak_Initialize(SYNCHRONOUS, BUFFER_MS, b".", DONT_EXIT)
    if rate != SAMPLE_RATE:
        raise RefusedError(f"espeak-ng could not start with its data in {data} (espeak_Initialize returned {rate})")


def spell_phonemes(library: ctypes.CDLL, data: Path, texts: list[dict[str, str]]) -> list[str]:
    """Return the IPA of each text, by a freshly loaded library. A text that the library cuts into clauses is joined again."""
    start(library, data)
    spell = library.espeak_TextToPhonemes
    spell.restype = ctypes.c_char_p
    spell.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_int]
    spelled: list[str] = []
    for text in texts:
        set_voice(library, data, text["voice"])  # anew for each: it forgets the words before
        buffer = ctypes.create_string_buffer(text["text"].encode())
        pointer = ctypes.c_void_p(ctypes.addressof(buffer))
        clauses: list[str] = []
        while pointer.value:  # NULL at the end of the text
            clauses.append((spell(ctypes.byref(pointer), CHARS_UTF8, PHONEMES_IPA | PHONEMES_TIE) or b"").decode(errors="replace"))
        spelled.append(" ".join(clauses))
    library.espeak_Terminate()
    return spelled


def say_pieces(library: ctypes.CDLL, data: Path, request: dict[str, Any]) -> list[tuple[bytes, Words]]:
    """Return 16-bit samples of each piece and its words, spoken by a freshly loaded library."""
    recorded: list[bytes] = []
    begun: Words = []

    def hear(samples: int | None, frames: int, events: Any) -> int:
        if samples and frames > 0:
            recorded.append(ctypes.string_at(samples, 2 * frames))
        number = 0
        while events[number].type != 0:  # espeakEVENT_LIST_TERMINATED
            if events[number].type == WORD_EVENT:
                begun.append((events[number].text_position - 1, events[number].sample))
            number += 1
        return 0

    def say(piece: dict[str, Any], wpm: int) -> tuple[bytes, Words]:
        set_voice(library, data, piece["voice"])
        for parameter, value in ((RATE, wpm), (VOLUME, HALF_VOLUME), (PITCH, request["pitch"]), (RANGE, request["range"])):
            library.espeak_SetParameter(parameter, int(value), 0)
        text = piece["text"].encode() + b"\0"
        flags = CHARS_UTF8 | (END_PAUSE if piece["pause"] else 0)
        recorded.clear()
        begun.clear()
        status = library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 1, 0, flags, None, None)
        if status != 0:
            raise RefusedError(f"espeak-ng could not speak (espeak_Synth returned {status})")
        library.espeak_Synchronize()
        return b"".join(recorded), list(begun)

    callback = SynthCallback(hear)
    start(library, data)
    library.espeak_SetSynthCallback(callback)
    seed = int(request["seed"])
    ctypes.CDLL(None).srand(ctypes.c_uint(seed & 0xFFFFFFFF))
    library.espeak_ng_SetRandSeed(ctypes.c_long(seed))
    wpm = max(SLOWEST_RATE, int(request["rate"]))
    slower = min(1.0, request["rate"] / SLOWEST_RATE)
    pieces: list[tuple[bytes, Words]] = []
    for piece in request["pieces"]:
        samples, words = say(piece, wpm)
        spoken = samples if slower == 1.0 else stretch(library, samples, slower)
        pieces.append((spoken, at_length(words, len(samples), len(spoken))))
    if wpm >= SONIC_RATE:  # only now: all that is spoken changes the samples of what comes after
        for number, piece in enumerate(request["pieces"]):
            samples, words = say(piece, SONIC_RATE - 1)
            pieces[number] = pieces[number][0], at_length(words, len(samples), len(pieces[number][0]))
    library.espeak_Terminate()
    return pieces


def at_length(words: Words, length: int, stretched: int) -> Words:
    """Return the words of samples whose length was changed from ``length`` to ``stretched`` bytes."""
    return words if length == stretched else [(position, frame * stretched // max(length, 1)) for position, frame in words]


def is_loaded(path: str) -> bool:
    """True if the library is still loaded in this process, or if that is unknown."""
    try:
        ctypes.CDLL(path, mode=os.RTLD_NOLOAD)
    except AttributeError:
        return True
    except OSError:
        return False
    return True


def answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the two frames of the reply; the library is loaded for it and unloaded again."""
    path, data = espeakng_loader.get_library_path(), Path(espeakng_loader.get_data_path())
    os.chdir(data.parent)
    library = ctypes.CDLL(path)
    pieces: list[tuple[bytes, Words]] = []
    spelled: list[str] = []
    error = None
    try:
        if "phonemes" in request:
            spelled = spell_phonemes(library, data, request["phonemes"])
        else:
            pieces = say_pieces(library, data, request)
    except RefusedError as refusal:
        error = str(refusal)
    finally:
        _ctypes.dlclose(library._handle)
    reply = {
        "lengths": [len(samples) // 2 for samples, _ in pieces],
        "words": [words for _, words in pieces],
        "phonemes": spelled,
        "spent": is_loaded(path),
        "error": error,
    }
    return reply, b"".join(samples for samples, _ in pieces)


def main() -> None:
    """Serve requests until stdin ends."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    while (frame := read_frame(requests)) is not None:
        header, samples = answer(json.loads(frame))
        write_frame(replies, json.dumps(header).encode())
        write_frame(replies, samples)
        replies.flush()


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit(1)
