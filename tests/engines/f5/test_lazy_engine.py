"""What happens before a model is loaded: how often it is opened."""

from __future__ import annotations

import functools
import gc
from pathlib import Path

import pytest

from tests.engines.f5.test_precision import model_of
from voiceover import engines
from voiceover.engines.f5.opening import _opened, open_model
from voiceover.engines.f5.weights.model import F5Model
from voiceover.errors import ModelError
from voiceover.types import EngineContext

pytest.importorskip("onnxruntime")


class Store:
    """Counts the models that are opened."""

    def __init__(self) -> None:
        self.opened: list[str | None] = []

    def open(self, data: Path, name: str | None, family: str) -> F5Model:
        if family != "f5":  # other engines are asked too whether they are ready
            raise ModelError("there is no model of this family")
        self.opened.append(name)
        if name == "missing":
            raise ModelError("there is no such model")
        return model_of("torch_v1/model.safetensors")


def context_for(store: Store, folder: Path, **options: str) -> EngineContext:
    return EngineContext(folder, {"backend": "onnx", "precision": "fp32", **options}, functools.partial(store.open, folder))


def test_a_render_opens_its_model_once(tmp_path: Path) -> None:
    store = Store()
    context = context_for(store, tmp_path)
    choice = engines.choose_engine("auto", context=context)
    assert choice.name == "f5"
    own = engines.context_of(choice.name, context)
    assert engines.outline("f5", context) is not None
    engines.open_engine("f5", own).close()
    assert store.opened == [None]


def test_the_next_render_opens_it_again(tmp_path: Path) -> None:
    store = Store()
    for _ in range(2):
        open_model(context_for(store, tmp_path))
    assert store.opened == [None, None]


def test_another_model_is_opened_of_its_own(tmp_path: Path) -> None:
    store = Store()
    context = context_for(store, tmp_path)
    open_model(context)
    other = EngineContext(tmp_path, {**context.options, "model": "mine"}, context.open_model)
    assert open_model(other) is open_model(other)
    assert store.opened == [None, "mine"]


def test_a_model_that_cannot_be_opened_is_tried_again(tmp_path: Path) -> None:
    store = Store()
    context = context_for(store, tmp_path, model="missing")
    for _ in range(2):
        with pytest.raises(ModelError):
            open_model(context)
    assert store.opened == ["missing", "missing"]


def test_an_opener_without_weak_references_works(tmp_path: Path) -> None:
    class Opener:
        __slots__ = ("calls",)

        def __call__(self, name: str | None, family: str) -> F5Model:
            return model_of("torch_v1/model.safetensors")

    assert open_model(EngineContext(tmp_path, {}, Opener())).name == "tiny"


def test_nothing_stays_open_after_the_render(tmp_path: Path) -> None:
    gc.collect()
    before = len(_opened)
    context = context_for(Store(), tmp_path)
    open_model(context)
    assert len(_opened) == before + 1
    del context
    gc.collect()
    assert len(_opened) == before
