"""Make the shipped voices: their packs for Kokoro, and the reference clips that those speak.

    python scripts/make_voices.py packs FOLDER [--check]
    python scripts/make_voices.py clips [--check] [NAME...]

``packs`` blends the voices in FOLDER, the folder ``voices`` of the npm package kokoro-js 1.2.1 (``npm pack kokoro-js@1.2.1``); each file is
held to its digest. ``clips`` lets the engine ``kokoro`` speak the words that each voice.yaml gives, checks them as ``voiceover voices add``
does, and lets Whisper hear that they hold these words and no others. Clips are 24 kHz mono FLAC with 0.3 s of silence at the end.

The same packs and weights give the same files again. ``--check`` writes nothing and reports what differs.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
VOICES = ROOT / "voices"
PACKS = ROOT / "voiceover" / "engines" / "kokoro" / "packs"
SHAPE = (510, 256)
TIMBRE = slice(0, 128)
"""Columns of a pack that carry the timbre; the others carry pitch and pace."""
PROSODY = slice(128, 256)
PRECISION = 2e-5
"""Largest difference of a stored pack from the blend; values are around 0.1, and half precision would be off by up to 5e-4."""
END_SECONDS = 0.3
LONGEST_SECONDS, SHORTEST_SECONDS = 5.0, 3.5

DIGESTS = {
    "af_aoede": "4a004c33430762e2461eedb2013fad808ef4ab3121f5300f554476caf58d8361",
    "af_bella": "f69d836209b78eb8c66e75e3cda491e26ea838a3674257e9d4e5703cbaf55c8b",
    "af_heart": "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b",
    "af_kore": "9be5221b6a941c04b561959b8ff0b06e809444dcc4ab7e75a7b23606f691819e",
    "af_nicole": "cd2191ab31b914ed7b318416b0e4440fdf392ddad9106a060819aa600a64f59a",
    "am_adam": "162b035ed91cfc48b6046982184c645f72edcdd1b82843347f605d7bf7b15716",
    "am_fenrir": "c27989f741f7ee34d273a39d8a595cc0837d35f5ced9a29b7cc162614616df43",
    "am_michael": "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1",
    "am_puck": "fcf73c989033e9233e0b98713eca600c8c74dcc1614b37009d5450ff4a2274a0",
    "bf_emma": "669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73",
    "bf_isabella": "3754352c4aaa46d17f27654ab7518d65b62ad6163a0f55a5f4330c2da2c4e94f",
    "bm_fable": "f889083196807b4adb15e9204252165f503b8d33d3982e681c52443c49d798f1",
    "bm_george": "c4b235a4c1f2cd3b939fed08b899ce9385638b763f7b73a59616c4fc9bd6c9bc",
}
"""SHA-256 of the packs that the voices are made of."""

Pack = NDArray[np.float64]
Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The voices of upstream that a voice is a blend of."""

    plain: Weights
    loud: Weights
    """Louder, livelier voices near to it, towards which its angry style leans."""


RECIPES = {
    "ada": Recipe({"bf_emma": 0.6, "bf_isabella": 0.4}, {"bf_isabella": 1.0}),
    "ben": Recipe({"am_michael": 0.6, "am_fenrir": 0.4}, {"am_fenrir": 0.5, "am_puck": 0.5}),
    "cora": Recipe({"af_heart": 0.6, "af_bella": 0.4}, {"af_kore": 0.5, "af_aoede": 0.5}),
    "dan": Recipe({"bm_george": 0.6, "bm_fable": 0.4}, {"am_fenrir": 0.5, "am_adam": 0.5}),
}
WHISPERER = "af_nicole"
"""A voice that was recorded whispering."""


@dataclass(frozen=True, slots=True)
class Lean:
    """How far a style leaves the plain voice: shares of the way to the whisperer, and of the way from there to the loud voices."""

    timbre_to_whisper: float = 0.0
    prosody_to_whisper: float = 0.0
    timbre_to_loud: float = 0.0
    prosody_to_loud: float = 0.0


STYLES = {
    "quiet": Lean(timbre_to_whisper=0.5, prosody_to_whisper=0.2),
    "whispering": Lean(timbre_to_whisper=1.2),  # beyond it: the voice is still in the prosody
    "angry": Lean(timbre_to_loud=0.4, prosody_to_loud=0.3),
}

# ---------------------------------------------------------------- packs


@dataclass(slots=True)
class Upstream:
    """The packs in a folder, each read once."""

    folder: Path
    _read: dict[str, Pack] = field(default_factory=dict)

    def pack(self, name: str) -> Pack:
        if name not in self._read:
            data = (self.folder / f"{name}.bin").read_bytes()
            if hashlib.sha256(data).hexdigest() != DIGESTS[name]:
                raise SystemExit(f"{self.folder / name}.bin is not the pack of kokoro-js 1.2.1")
            self._read[name] = np.frombuffer(data, "<f4").reshape(SHAPE).astype(np.float64)
        return self._read[name]

    def blend(self, weights: Weights) -> Pack:
        return np.sum([share * self.pack(name) for name, share in weights.items()], axis=0)


def packs_of(upstream: Upstream) -> Iterator[tuple[str, Pack]]:
    """Name and values of each pack that ships."""
    whisper = upstream.pack(WHISPERER)
    for name, recipe in RECIPES.items():
        plain, loud = upstream.blend(recipe.plain), upstream.blend(recipe.loud)
        yield name, plain
        for style, lean in STYLES.items():
            pack = plain.copy()
            for columns, to_whisper, to_loud in (
                (TIMBRE, lean.timbre_to_whisper, lean.timbre_to_loud),
                (PROSODY, lean.prosody_to_whisper, lean.prosody_to_loud),
            ):
                pack[:, columns] += to_whisper * (whisper - plain)[:, columns] + to_loud * (loud - whisper)[:, columns]
            yield f"{name}-{style}", pack


def stored(pack: Pack) -> bytes:
    """The npz file of a pack: the arrays ``rows`` (510, rank) and ``columns`` (rank, 256), whose product it is.

    The 510 styles of a voice are weighted sums of about ten: so few numbers hold it more exactly than half precision does, in a sixth of
    the bytes. Files have no time, and are not compressed again, so equal packs give equal bytes.
    """
    left, sizes, right = np.linalg.svd(pack, full_matrices=False)
    signs = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    rows, columns = (left * sizes * signs).astype("<f4"), (right * signs[:, None]).astype("<f4")
    rank = next(k for k in range(1, len(sizes) + 1) if np.abs(product(rows[:, :k], columns[:k]) - pack).max() < PRECISION)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, array in (("rows", rows[:, :rank]), ("columns", columns[:rank])):
            data = io.BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), data.getvalue())
    return made.getvalue()


def product(rows: NDArray[np.float32], columns: NDArray[np.float32]) -> Pack:
    return rows.astype(np.float64) @ columns.astype(np.float64)


def make_packs(folder: Path, check: bool) -> int:
    total = unlike = 0
    for name, pack in packs_of(Upstream(folder)):
        path, data = PACKS / f"{name}.npz", stored(pack)
        total += len(data)
        verdict = ""
        if check:
            same = path.is_file() and _is_near(path, pack)
            unlike += not same
            verdict = "same" if same else "DIFFERS"
        else:
            PACKS.mkdir(exist_ok=True)
            path.write_bytes(data)
        print(f"{path.name:24} {len(data):7} bytes  {hashlib.sha256(data).hexdigest()[:12]}  {verdict}".rstrip())
    print(f"{'all':24} {total:7} bytes")
    return 1 if unlike else 0


def _is_near(path: Path, pack: Pack) -> bool:
    """True if a file holds ``pack``; not bit for bit, since another linear algebra library finds other rows and columns."""
    with np.load(path, allow_pickle=False) as arrays:
        return bool(np.abs(product(arrays["rows"], arrays["columns"]) - pack).max() < PRECISION)


# ---------------------------------------------------------------- clips


def spoken(name: str, styles: Mapping[str, str], room: Path) -> dict[str, Path]:
    """The take of each style's words, as a script would get it."""
    import voiceover

    script = room / f"{name}.yaml"
    lines = [{"speaker": "V", "text": text, **({"style": style} if style != "plain" else {})} for style, text in styles.items()]
    script.write_text(yaml.safe_dump({"cast": {"V": name}, "segments": lines}, allow_unicode=True), "utf-8")
    plan = voiceover.plan_episode(voiceover.Job(script, voiceover.Settings(engine="kokoro"), room / "out", room / "cache"))
    takes = voiceover.record([plan], voiceover.open_store(room / "cache"))
    found: dict[str, list[Path]] = {}
    for planned in plan.planned:
        found.setdefault(planned.utterance.style or "plain", []).append(takes[planned.utterance.address].path)
    several = [style for style, paths in found.items() if len(paths) > 1]
    if several:
        raise SystemExit(f"{name}: the words of {', '.join(several)} are more than one utterance")
    return {style: paths[0] for style, paths in found.items()}


def make_clips(names: list[str], check: bool) -> int:
    from tests.listening import character_error, hear
    from voiceover.audio.files import PcmWriter, open_audio
    from voiceover.voices.preflight import SAMPLE_RATE, examine
    from voiceover.voices.recording import read_recording

    faults = 0
    for name in names:
        told = yaml.safe_load((VOICES / name / "voice.yaml").read_text("utf-8"))
        clips = {"plain": told["reference"], **told["styles"]}
        with tempfile.TemporaryDirectory(prefix="voiceover-") as room:
            for style, take in spoken(name, {style: clip["text"] for style, clip in clips.items()}, Path(room)).items():
                words, path = clips[style]["text"], VOICES / name / clips[style]["audio"]
                examined = examine(read_recording(take), words)
                samples = np.append(examined.samples, np.zeros(round(END_SECONDS * SAMPLE_RATE), np.float32))
                heard, seconds = hear(samples, SAMPLE_RATE, beam=5), len(examined.samples) / SAMPLE_RATE
                wrong = [str(verdict) for verdict in examined.report.verdicts if verdict.level.value != "ok"]
                if character_error(words, heard) > 0:
                    wrong.append(f"heard as {heard!r}")
                if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
                    wrong.append(f"{seconds:.2f} s is not {SHORTEST_SECONDS} to {LONGEST_SECONDS} s")
                if check:
                    there = next(open_audio(path).blocks())[:, 0] if path.is_file() else samples[:0]
                    if there.shape != samples.shape or np.abs(there - samples).max() > 2**-10:
                        wrong.append("OTHER SAMPLES")
                else:
                    with PcmWriter(path, "flac", SAMPLE_RATE, 1) as file:
                        file.write(samples[:, None])
                faults += bool(wrong)
                level = 10 * np.log10(np.mean(np.square(examined.samples)))
                print(f"{name}/{path.name:16} {seconds:5.2f} s  {level:6.1f} dBFS RMS  {'; '.join(wrong)}".rstrip())
    return 1 if faults else 0


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    rest = [argument for argument in arguments if argument != "--check"]
    if len(rest) == 2 and rest[0] == "packs":
        return make_packs(Path(rest[1]), check)
    if rest[:1] == ["clips"]:
        return make_clips(rest[1:] or list(RECIPES), check)
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
