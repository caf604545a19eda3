"""The README says what there is: all of it, and nothing else."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import click
import pytest

from flaskscope.cli import main
from flaskscope.config import PREFIX, Settings
from flaskscope.events import KINDS, Head
from tests.browser.picture import MOST_BYTES

CHECKOUT = Path(__file__).parent.parent
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")

SETTINGS = sorted(
    {PREFIX + field.name.upper() for field in dataclasses.fields(Settings)} | {PREFIX + "ENABLED"}
)
MESSAGES = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((CHECKOUT / "tests/wire").glob("*.json"))
}


def _row(name: str) -> str:
    """Return the row of one of the README's tables that begins with *name*."""
    found = re.search(rf"^\| `{re.escape(name)}`.*$", README, re.MULTILINE)
    assert found is not None, f"no table in the README has a row for `{name}`"
    return found.group()


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_is_explained(name: str) -> None:
    assert len(_row(name).split("|")) >= 4


def test_no_other_setting_is_promised() -> None:
    """Of the demo's and the tests' own variables as well: each name the README has is one that the code reads."""
    code = "\n".join(path.read_text("utf-8") for path in (CHECKOUT / "server").rglob("*.py"))
    code += (CHECKOUT / "tests/run").read_text("utf-8")
    promised = set(re.findall(r"\bFLASKSCOPE_[A-Z_]*[A-Z]\b", README))

    unknown = {name for name in promised - set(SETTINGS) if name not in code}

    assert set() == unknown


@pytest.mark.parametrize("kind", list(KINDS))
def test_each_kind_of_event_is_explained_with_all_its_fields(kind: str) -> None:
    """In their order: the README is the contract for who reads rows with a program of his own."""
    own_fields = KINDS[kind]._fields[len(Head._fields) :]

    listed = re.findall(r"`(\w+)`", _row(kind).split("|")[2])

    assert list(own_fields) == [name for name in listed if name in own_fields]


def test_the_head_of_a_row_is_explained() -> None:
    expected = ", ".join(f"`{name}`" for name in Head._fields)

    assert expected in README


@pytest.mark.parametrize("name", list(MESSAGES))
def test_each_message_is_explained_with_all_its_fields(name: str) -> None:
    message = MESSAGES[name]

    row = _row(message["type"])

    assert [] == [field for field in message if field not in {"v", "type"} and f"`{field}`" not in row]


def _commands() -> list[tuple[str, click.Command]]:
    return [
        ("flaskscope", main),
        *((f"flaskscope {name}", command) for name, command in main.commands.items()),
    ]


@pytest.mark.parametrize(("name", "command"), _commands(), ids=[name for name, _ in _commands()])
def test_each_command_is_explained_with_all_its_options(name: str, command: click.Command) -> None:
    names = [
        option
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in [*parameter.opts, *parameter.secondary_opts]
        if option.startswith("--")
    ]

    assert f"`{name}" in README
    assert [] == [option for option in names if not re.search(rf"{option}(?![\w-])", README)]


def test_the_readme_begins_with_the_two_commands() -> None:
    """A newcomer copies the first code block; a contributor the second command in it."""
    block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)

    assert block is not None
    assert README.index(block.group()) < 1_500
    assert "pip install . && flaskscope" in block.group(1)
    assert "tests/run" in block.group(1)


def test_links_inside_the_readme_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    targets = re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", README)

    wrong = [
        (file, anchor)
        for file, anchor in targets
        if (file and not (CHECKOUT / file).exists()) or (not file and anchor not in headings)
    ]

    assert [] == wrong


def test_the_pictures_are_there_and_small() -> None:
    """In dark and light, taken by `tests.browser.picture`."""
    paths = re.findall(r'(?:src|srcset)="([^"]+)"', README)

    assert [".github/dashboard-dark.png", ".github/dashboard-light.png"] == paths
    for path in paths:
        picture = (CHECKOUT / path).read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert len(picture) <= MOST_BYTES
