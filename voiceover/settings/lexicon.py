"""Reads ``lexicon:``, a spelling for the ear or IPA by word: a mapping, or the path of a YAML file that is one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from voiceover.settings.confine import confined
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Node, Scalar, read_yaml
from voiceover.settings.values import read_fields, read_text_map, read_word
from voiceover.text.ipa import ipa_between_slashes, not_ipa, tidy_ipa
from voiceover.types import Pronunciation, Source

MAX_BYTES = 4_000_000


def read_lexicon(node: Node, folder: Path, assets: Sequence[Path], problems: Problems) -> dict[str, str | Pronunciation] | None:
    """The spelling or pronunciation of each word; a file is named relative to ``folder``."""
    if isinstance(node, Scalar):
        text = read_word(node, problems, "lexicon")
        path = confined(text, folder, assets, node.source, problems, must_exist=True) if text else None
        if path is None or text is None:
            return None
        from_file = _read_file(path, str(folder / text), node.source, problems)
        if from_file is None:
            return None
        node = from_file
    if not isinstance(node, Fields):
        read_text_map(node, problems, "the lexicon")
        return None
    spellings = {key.text.strip(): _spelling(key.text, value, problems) for key, value in node.entries}
    return {word: say for word, say in spellings.items() if say is not None}


def _spelling(word: str, node: Node, problems: Problems) -> str | Pronunciation | None:
    """The spelling for the ear, or the IPA, between slashes or as ``{say, ipa}``."""
    what = f'"{word}" in the lexicon'
    if not isinstance(node, Fields):
        text = read_word(node, problems, what)
        between = None if text is None else ipa_between_slashes(text)
        return text if between is None else _pronunciation(None, between, node, problems, what)
    values = read_fields(node, problems, what, ("say", "ipa"))
    texts = {key: read_word(value, problems, what) for key, value in (values or {}).items()}
    if not texts:
        problems.error(node.source, "missing-key", f'{what} needs "say", a spelling for the ear')
    say, ipa = texts.get("say"), texts.get("ipa")
    if say is not None and ipa_between_slashes(say) is not None:
        problems.error(node.source, "bad-ipa", f'{what}: "say" is a spelling for the ear; write {{ipa: {say.strip("/ ")}}}')
        return None
    return say if ipa is None else _pronunciation(say, ipa.strip("/ "), node, problems, what)


def _pronunciation(say: str | None, ipa: str, node: Node, problems: Problems, what: str) -> Pronunciation | None:
    tidied = tidy_ipa(ipa)
    wrong = not_ipa(tidied)
    if wrong is not None:
        problems.error(node.source, "bad-ipa", f"{what}: /{ipa}/ cannot be spoken: {wrong}; write IPA such as /wɪn/")
        return None
    return Pronunciation(say, tidied)


def _read_file(path: Path, shown: str, source: Source, problems: Problems) -> Node | None:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            problems.error(source, "too-large", f'the lexicon "{shown}" is over {MAX_BYTES // 1_000_000} MB')
            return None
        text = data.decode("utf-8")
    except OSError as error:
        problems.error(source, "unreadable-file", f'the lexicon "{shown}" could not be read ({error.strerror})')
        return None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.error(Source(shown, line), "not-utf-8", "this line is not UTF-8 text; save the file as UTF-8")
        return None
    found = len(problems.found)
    node = read_yaml(text, shown, problems)
    if node is None and len(problems.found) == found:
        problems.warning(source, "empty-file", f'the lexicon "{shown}" is empty')
    return node
