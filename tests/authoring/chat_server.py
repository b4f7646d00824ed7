"""A language model's server on loopback: it answers what a test tells it to, and fails in the ways in which servers fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.engines.openai.speech_server import Reply, Speech, SpeechHandler, speaking

Answers = Callable[[str, str], str]
"""Makes an answer of the instructions and the text."""


def chat_reply(content: str, finish_reason: str = "stop") -> Reply:
    """Return an answer as such servers send it."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish_reason}
    body = json.dumps({"id": "1", "object": "chat.completion", "choices": [choice]}).encode()
    return Reply(body=body, headers={"Content-Type": "application/json"})


@contextmanager
def chatting(answers: Answers) -> Iterator[Speech]:
    """Run a server whose answers are made by ``answers``, unless its ``replies`` or ``always`` are set."""

    class Chat(SpeechHandler):
        def spoken(self, asked: dict[str, Any]) -> Reply:
            instructions, text = (message["content"] for message in asked["messages"])
            return chat_reply(answers(instructions, text))

    with speaking(answers=Chat) as server:
        yield server
