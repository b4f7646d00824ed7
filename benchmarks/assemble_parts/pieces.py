"""What an edit moves, how borders sound, and whether decoders agree on a file: parts of ``assemble.py``."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import imageio_ffmpeg


def random_edits(script: Path, other: Path, cache: Path, count: int) -> None:
    """Give random lines the words of another script; prints how often that moves a level of the whole episode, and the pieces it makes."""
    from dataclasses import replace

    from voiceover import mix
    from voiceover.pipeline.context import open_store
    from voiceover.pipeline.delivery import make_programme
    from voiceover.pipeline.job import Job
    from voiceover.pipeline.render import plan_episode, record
    from voiceover.types import Gaps, Planned

    episodes = [plan_episode(Job(path, cache_folder=cache)) for path in (script, other)]
    takes = record(episodes, open_store(cache))
    episode, spare = episodes

    def levels(items: tuple[object, ...]) -> tuple[set[str], tuple[object, ...]]:
        mixed = mix.mix_takes(replace(episode.plan, items=items), takes, Gaps())  # type: ignore[arg-type]
        master = make_programme(mixed, episode.plan, episode.checked.settings, ("mp3",), episode.pieces, None).master
        balance = sorted({(placed.utterance.voice, placed.gain_db) for placed in mixed.timeline.placed})
        limiter = master.limiter  # type: ignore[attr-defined]
        return {piece.address for piece in mixed.pieces}, (balance, limiter.gain_db, limiter.ceiling_db)

    dice = random.Random(1)
    items = episode.plan.items
    before, settled = levels(items)
    spoken = [number for number, item in enumerate(items) if isinstance(item, Planned)]
    moved, new = 0, []
    for planned in dice.sample(spare.plan.planned, count):
        place = dice.choice([number for number in spoken if items[number].utterance.voice == planned.utterance.voice])  # type: ignore[union-attr]
        pieces, now = levels((*items[:place], planned, *items[place + 1 :]))
        moved += now != settled
        if now[0] == settled[0]:
            new.append(len(pieces - before))
    print(json.dumps({"moved": moved, "pieces": len(before), "new": sum(new) / max(len(new), 1)}))


def borders(script: Path, cache: Path, folder: Path, bitrates: list[int]) -> None:
    """Encode an episode in pieces and as a whole; prints by how many dB the first second after a border is worse in pieces."""
    import numpy as np
    import soundfile

    from voiceover import mix
    from voiceover.audio.files import resample_blocks
    from voiceover.pipeline.context import open_store
    from voiceover.pipeline.delivery import make_programme
    from voiceover.pipeline.job import Job
    from voiceover.pipeline.render import plan_episode, record
    from voiceover.publish.encode import encode_files
    from voiceover.publish.tags import episode_tags
    from voiceover.types import GRID_RATE, Encoding, Gaps

    episode = plan_episode(Job(script, cache_folder=cache))
    mixed = mix.mix_takes(episode.plan, record([episode], open_store(cache)), Gaps())
    programme = make_programme(mixed, episode.plan, episode.checked.settings, ("mp3",), episode.pieces, None)
    master, tags = programme.master, episode_tags(episode.metadata, programme.timeline, None)
    source = np.concatenate(list(resample_blocks(master.blocks(), master.sample_rate, GRID_RATE, 1)))[:, 0]
    found: dict[str, list[float]] = {}
    for kbps in bitrates:
        decoded = []
        for name, pieces in (("pieces", master.pieces), ("whole", None)):
            path = folder / f"{name}.mp3"
            encode_files(master, tags, {"mp3": path}, Encoding({"mp3": kbps}), lambda frames: None, None, pieces)
            decoded.append(soundfile.read(path, dtype="float32")[0])
        worse = []
        for piece in master.pieces.items[1:]:  # type: ignore[union-attr]
            start = piece.start_frame * GRID_RATE // master.sample_rate
            noise = [float(np.square(each[start:][:GRID_RATE] - source[start:][:GRID_RATE]).sum()) for each in decoded]
            worse.append(10 * float(np.log10(noise[0] / noise[1])))
        found[str(kbps)] = [sum(worse) / len(worse), max(worse)]
    print(json.dumps({"worse": found, "borders": len(worse)}))


def lengths(path: Path) -> list[int]:
    """Samples of an MP3 in each decoder that is here: libsndfile, ffmpeg, PyAV; and by its Info frame."""
    import mutagen.mp3
    import soundfile

    samples = sum(len(block) for block in soundfile.SoundFile(path).blocks(1 << 16))
    raw = subprocess.Popen([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, "-f", "s16le", "-"], stdout=subprocess.PIPE)
    assert raw.stdout is not None
    theirs = sum(iter(lambda: len(raw.stdout.read(1 << 20)), 0)) // 2  # type: ignore[union-attr]
    info = mutagen.mp3.MP3(path).info
    found = [samples, theirs, round(info.length * info.sample_rate)]
    try:
        import av
    except ImportError:
        return found
    with av.open(str(path)) as container:
        return [*found, sum(frame.samples for frame in container.decode(audio=0))]


def mp3val(path: Path) -> int | None:
    """Number of problems that mp3val finds; None if it is not installed."""
    if not shutil.which("mp3val"):
        return None
    said = subprocess.run(["mp3val", path], capture_output=True, text=True, check=False).stdout
    return sum(line.startswith(("WARNING", "ERROR")) for line in said.splitlines())
