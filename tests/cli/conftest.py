"""Starts ``flaskscope`` in a folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Command, Starter


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """A function that starts ``flaskscope`` in a folder of the test's own; all of them are ended afterwards."""
    started: list[Command] = []

    def start_one(*arguments: str, **environment: str) -> Command:
        command = Command(*arguments, folder=tmp_path, **environment)
        started.append(command)
        return command

    yield start_one

    for command in started:
        command.end()
        print(f"--- {command.process.args!r} printed\n{command.output}")
