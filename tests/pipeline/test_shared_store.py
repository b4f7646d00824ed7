"""Episodes whose takes are shared by several machines, each with a cache of its own; and what a worker elsewhere does."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.takes.parts import VOICE, ToneEngine, line, noted
from voiceover import Job, finish_episode, open_store, plan_episode, record, render
from voiceover.engines import open_engine
from voiceover.errors import EngineError, InputError, StoreError, VoiceError, VoiceoverError
from voiceover.pipeline.remote import Assignment, RemoteBatchEngine, RemoteEngine, _send_clip, open_worker_setup
from voiceover.system.remote_store import open_remote_store
from voiceover.takes import SharedStore
from voiceover.takes.cluster import WorkerSetup
from voiceover.takes.grouping import batch_size, grouped, keys_of
from voiceover.types import Audio, Clip, EngineContext, Style, Utterance, Voice

SCRIPT = "---\ntitle: T\ncast: {Ann: ada, Bob: ben}\n---\n\nAnn: Hello there, my friend.\n\nBob: How do you do?\n\nAnn: Fine.\n"


def job(tmp_path: Path, machine: str, script: str = "one.md", **more: object) -> Job:
    path = tmp_path / script
    if not path.exists():
        path.write_text(SCRIPT, "utf-8")
    return Job(path, output=tmp_path / f"out-{machine}", cache_folder=tmp_path / machine, store=str(tmp_path / "shared"), **more)  # type: ignore[arg-type]


def test_an_episode_recorded_elsewhere_is_only_put_together(tmp_path: Path) -> None:
    assert plan_episode(job(tmp_path, "b")).plan.to_record
    assert render(job(tmp_path, "a")).recorded == 3
    assert plan_episode(job(tmp_path, "b")).plan.to_record == ()
    again = render(job(tmp_path, "b"))
    assert (again.recorded, again.reused, again.made) == (0, 3, True)
    files = {path.name: path.read_bytes() for path in (tmp_path / "out-a").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "out-b").iterdir()}


def test_what_stands_needs_no_store(tmp_path: Path) -> None:
    rendered = render(job(tmp_path, "a"))
    assert rendered.made
    (tmp_path / "shared").rename(tmp_path / "gone")
    (tmp_path / "shared").touch()
    with pytest.raises(StoreError, match="the shared store"):
        render(job(tmp_path, "b"))
    assert not (tmp_path / "out-b" / "one.draft.mp3").exists()


def test_a_cluster_needs_a_shared_store(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("Hello there.\n", "utf-8")
    done = voiceover("render", "one.md", "--cluster", "auto", check=2)
    assert "--store" in done.stderr
    with pytest.raises(InputError, match="--store URL"):
        render(replace(job(tmp_path, "a"), store=None, cluster="auto"))


def test_a_batch_on_one_machine_loads_neither_ray_nor_fsspec(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("Hello there.\n", "utf-8")
    program = (
        "import sys\nfrom pathlib import Path\nfrom voiceover.batch import BatchRequest, run_batch\n"
        "from voiceover.settings.reader import Settings\n"
        "wanted = BatchRequest(('one.md',), Path('out'), flags=Settings(engine='draft'), allow_draft=True)\n"
        "assert run_batch(wanted, lambda report: None).outcomes[0].recorded == 1\n"
        "print('LOADED', *sorted({'ray', 'fsspec', 's3fs'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED"


def test_a_worker_elsewhere_opens_the_engine_that_was_planned(tmp_path: Path) -> None:
    episode = plan_episode(job(tmp_path, "a"))
    (info,) = episode.plan.speaking
    told = Assignment(f"file://{tmp_path}/shared", info.name, episode.engines[info.name].options, (), info.fingerprint)
    booth = open_worker_setup(told)
    first = episode.plan.to_record[0]
    assert list(booth.record(((first, episode.plan.cast[first.speaker]),))) == [first.address]
    booth.engine.close()
    assert open_store(tmp_path / "b", str(tmp_path / "shared")).get(first.address) is not None
    with pytest.raises(EngineError, match="would sound different"):
        open_worker_setup(replace(told, fingerprint="draft r0"))


class HearingEngine(ToneEngine):
    """Hears the clip of a voice."""

    info = replace(ToneEngine.info, reference_in_window=True)

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        clip = voice.styles[utterance.style].clip
        assert clip is not None
        (self.folder / "heard").write_bytes(clip.path.read_bytes())
        return super().speak(utterance, voice)


def test_a_worker_elsewhere_hears_the_clip_from_the_store(tmp_path: Path) -> None:
    place = open_remote_store(str(tmp_path / "shared"))
    own = tmp_path / "clip.wav"
    own.write_bytes(b"the clip")
    clip = Clip(own, "words", hashlib.sha256(b"the clip").hexdigest(), 2.0)
    with pytest.raises(VoiceError, match="missing or damaged"):
        spoken_by(tmp_path, clip)
    _send_clip(clip, place)
    own.unlink()
    spoken_by(tmp_path, clip)
    assert (tmp_path / "heard").read_bytes() == b"the clip"
    fetched = next((tmp_path / "worker" / "clips").iterdir())
    fetched.write_bytes(b"another")
    spoken_by(tmp_path, clip, "other words")
    assert (tmp_path / "heard").read_bytes() == b"the clip"
    assert len(noted(tmp_path, "begun-words")) == 1


def spoken_by(tmp_path: Path, clip: Clip, text: str = "words words") -> None:
    """Have a worker with a cache of its own record a line with ``clip``."""
    store = SharedStore(tmp_path / "worker", open_remote_store(str(tmp_path / "shared")))
    heard = replace(VOICE, styles={"": Style(clip)})
    list(WorkerSetup(RemoteEngine(HearingEngine(tmp_path), store), store).record(((line(text), heard),)))


class HearingChoir(HearingEngine):
    """Speaks lines of as many words together, and hears each."""

    batch_size = 4

    def together_key(self, utterance: Utterance, voice: Voice) -> int:
        return len(utterance.text.split())

    def speak_together(self, utterances: Sequence[Utterance], voices: Sequence[Voice]) -> list[Audio]:
        (self.folder / "together").touch()
        return [self.speak(utterance, voice) for utterance, voice in zip(utterances, voices, strict=True)]


def test_a_worker_elsewhere_speaks_lines_together(tmp_path: Path) -> None:
    store = SharedStore(tmp_path / "worker", open_remote_store(str(tmp_path / "shared")))
    own = tmp_path / "clip.wav"
    own.write_bytes(b"the clip")
    clip = Clip(own, "words", hashlib.sha256(b"the clip").hexdigest(), 2.0)
    _send_clip(clip, store.remote)
    own.unlink()
    heard = replace(VOICE, styles={"": Style(clip)})
    requests = ((line("one two"), heard), (line("three four", 2), heard), (line("five", 3), VOICE))
    engine = RemoteBatchEngine(HearingChoir(tmp_path), store)
    keys = keys_of(requests, engine)
    assert (batch_size(engine), keys) == (4, [2, 2, 1])
    together, _ = grouped(requests, keys, 4)
    assert list(WorkerSetup(engine, store).record(together)) == [utterance.address for utterance, _ in together]
    assert (tmp_path / "together").exists()
    assert list(WorkerSetup(engine, store).record(together)) == [utterance.address for utterance, _ in together]
    assert len(noted(tmp_path, "begun-three")) == 1


class MortalEngine:
    """The draft engine, whose process the word poison kills."""

    def __init__(self) -> None:
        self.draft = open_engine("draft", EngineContext(Path()))
        self.info = self.draft.info

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        if "poison" in utterance.text:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.draft.speak(utterance, voice)

    def close(self) -> None:
        self.draft.close()


@pytest.mark.slow
def test_a_line_that_kills_its_workers_does_not_stop_the_other_episodes(tmp_path: Path) -> None:
    (tmp_path / "two.md").write_text(SCRIPT.replace("Fine.", "This is poison."), "utf-8")
    plans = (plan_episode(job(tmp_path, "a", name)) for name in ("one.md", "two.md"))
    one, two = (
        replace(plan, engines={name: replace(engine, open=MortalEngine) for name, engine in plan.engines.items()}) for plan in plans
    )
    store = open_store(tmp_path / "a")
    failed: list[tuple[Utterance, VoiceoverError]] = []
    found = record([two, one], store, 2, on_failed=lambda *told: failed.append(told))
    assert [utterance.text for utterance, _ in failed] == ["This is poison."]
    assert "two.md:10:6" in str(failed[0][1])
    assert finish_episode(one, found).files[0].path.name == "one.draft.mp3"
    with pytest.raises(EngineError, match=r"two\.md:10:6: .*3 recording processes crashed on it"):
        record([one, two], store, 2)
