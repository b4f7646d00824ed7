"""Collects the turns of a dialogue: who says what, in order."""

from __future__ import annotations

from voiceover.authoring.importing.inline_runs import plain
from voiceover.authoring.importing.manuscript import Manuscript, ManuscriptPart, Omission, PassageKind, Runs, SourcePassage
from voiceover.errors import InputError

MOST_SPEAKERS = 100
_STOPS = tuple('.!?…。！？"”’»)]♪')
_LONGEST_PARAGRAPH = 800
"""Characters after which captions of one speaker begin a new paragraph."""


class TurnList:
    """The passages of a dialogue in the making."""

    def __init__(self, path: str) -> None:
        """``path`` is the name for messages."""
        self.path = path
        self.passages: list[SourcePassage] = []
        self.omissions: list[Omission] = []
        self.remarks: list[str] = []

    def say(self, speaker: str, words: str | Runs, hint: str = "") -> None:
        """Add a paragraph of a speaker; the narrator's if ``speaker`` is empty."""
        runs = plain(words) if isinstance(words, str) else words
        if any(run.text.strip() for run in runs):
            self.passages.append(SourcePassage(PassageKind.PARAGRAPH, runs, speaker=" ".join(speaker.split()), hint=hint))

    def continue_or_say(self, speaker: str, words: str, *, apart: bool = False) -> None:
        """Add words to the last paragraph if it is of the same speaker and its sentence goes on, else as a new one.

        With ``apart``, a new one begins after the end of a sentence; otherwise only if the last one is long.
        """
        last = self.passages[-1] if self.passages else None
        if last is not None and last.kind is PassageKind.PARAGRAPH and last.speaker == speaker:
            text = last.text
            ended = text.endswith(_STOPS)
            if not ended or not (apart or len(text) > _LONGEST_PARAGRAPH):
                self.passages[-1] = SourcePassage(PassageKind.PARAGRAPH, plain(f"{text} {words}"), speaker=speaker)
                return
        self.say(speaker, words)

    def scene(self, title: str) -> None:
        """Begin a scene, which is a chapter of the episode."""
        self.passages.append(SourcePassage(PassageKind.HEADING, plain(title), 2))

    def leave_out(self, kind: str, line: int, words: str) -> None:
        """List what is not in the script."""
        self.omissions.append(Omission(kind, f"line {line}" if line else "", " ".join(words.split())[:200]))

    def manuscript(self, title: str = "", author: str = "", language: str = "") -> Manuscript:
        """Return the dialogue; prose of one part if nobody is named. Raises InputError if nothing is said."""
        spoken = [passage for passage in self.passages if passage.kind is PassageKind.PARAGRAPH]
        if not spoken:
            raise InputError(f"{self.path}: nobody says anything in this file")
        speakers = tuple(dict.fromkeys(passage.speaker for passage in spoken if passage.speaker))
        if len(speakers) > MOST_SPEAKERS:
            example = ", ".join(speakers[:3])
            raise InputError(f"{self.path}: this file seems to have {len(speakers)} speakers ({example}, ...); name its format with --from")
        part = ManuscriptPart(title, tuple(self.passages))
        return Manuscript(
            (part,),
            title,
            author,
            language,
            has_directions=True,
            speakers=speakers,
            omissions=tuple(self.omissions),
            remarks=tuple(self.remarks),
        )


def spoken_name(name: str) -> str:
    """Return a name in small letters after its capitals if it is typed in capitals only: ``MR. PELL`` is Mr. Pell."""
    words = " ".join(name.split())
    letters = [letter for letter in words if letter.isalpha()]
    return words.title() if len(letters) > 1 and words.isupper() else words
