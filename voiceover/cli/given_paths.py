"""Paths on the command line must not be empty."""

from __future__ import annotations

import os
from typing import Any

import click


class GivenPath(click.Path):
    """Type of a path that must not be empty."""

    def __init__(self, like: click.Path) -> None:
        vars(self).update(vars(like))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not os.fspath(value):
            self.fail("the path is empty; . is the current folder", param, ctx)
        return super().convert(value, param, ctx)
