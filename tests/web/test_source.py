"""Source: only around what was recorded, only what is text, and never more than a few lines."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flaskscope.events import Site
from flaskscope.web.source import LINES_AROUND, MAX_FILE_BYTES, MAX_LINE_LENGTH, read_around

if TYPE_CHECKING:
    from conftest import Served  # type: ignore[import-not-found]


def a_file(folder: Path, text: str | bytes, name: str = "views.py") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def a_site(path: Path | str, line: int = 1) -> Site:
    return Site(1, str(path), line, "index")


class TestRoute:
    def test_the_lines_around_a_recorded_site_are_told(self, served: Served) -> None:
        served.get("/")
        served.scope.hub.flush()
        number, site = next(
            (number, site)
            for number, site in enumerate(served.scope.recording.sites, 1)
            if "index" in site.function
        )

        status, headers, body = served.get(f"/_flaskscope/source/{number}")
        told = json.loads(body)

        assert (200, "application/json") == (status, headers["Content-Type"])
        assert (number, site.line, site.path) == (told["site"], told["line"], told["path"])
        expected = Path(site.path).read_text().splitlines()[site.line - 1]
        assert expected == told["lines"][site.line - told["first"]]
        assert len(told["lines"]) <= 2 * LINES_AROUND + 1

    @pytest.mark.parametrize(
        "wrong",
        ["0", "999999", "-1", "x", "1/../../etc/passwd", "%2fetc%2fpasswd", "1.0", "", "1?file=/etc/passwd"],
    )
    def test_what_is_no_number_of_a_site_is_not_there(self, served: Served, wrong: str) -> None:
        served.get("/")

        assert served.get(f"/_flaskscope/source/{wrong}")[0] == 404

    def test_a_stranger_gets_nothing(self, served: Served) -> None:
        served.get("/")
        served.scope.hub.flush()

        status, _, body = served.get("/_flaskscope/source/1", Host="evil.example")

        assert status in {400, 403}
        assert b"lines" not in body


class TestReadAround:
    def test_at_the_top_there_are_fewer_lines(self, tmp_path: Path) -> None:
        path = a_file(tmp_path, "".join(f"line {n}\n" for n in range(1, 30)))

        assert (1, [f"line {n}" for n in range(1, 7)]) == read_around(a_site(path, 2))

    def test_in_the_middle_there_are_as_many_on_both_sides(self, tmp_path: Path) -> None:
        path = a_file(tmp_path, "".join(f"line {n}\n" for n in range(1, 30)))

        assert (11, [f"line {n}" for n in range(11, 20)]) == read_around(a_site(path, 15))

    def test_a_long_line_is_cut(self, tmp_path: Path) -> None:
        read = read_around(a_site(a_file(tmp_path, "x" * 5_000)))

        assert read is not None
        assert "x" * (MAX_LINE_LENGTH - 1) + "…" == read[1][0]

    def test_the_encoding_is_the_one_the_file_declares(self, tmp_path: Path) -> None:
        path = a_file(tmp_path, "# -*- coding: latin-1 -*-\nname = 'Zoë'\n".encode("latin-1"))

        read = read_around(a_site(path, 2))

        assert read is not None
        assert "name = 'Zoë'" == read[1][1]

    @pytest.mark.parametrize("content", [b"\xff\xfe\x00\x00", b"# coding: no-such-thing\n", b""])
    def test_what_is_no_source_is_not_told(self, tmp_path: Path, content: bytes) -> None:
        assert read_around(a_site(a_file(tmp_path, content))) is None

    def test_neither_is_a_line_that_is_gone(self, tmp_path: Path) -> None:
        assert read_around(a_site(a_file(tmp_path, "one\n"), 2)) is None

    def test_neither_is_anything_but_a_file(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for path in (
            tmp_path,
            tmp_path / "pipe",
            tmp_path / "gone.py",
            Path("/dev/zero"),
            "<string>",
            "views.py",
        ):
            assert read_around(a_site(path)) is None

    def test_neither_is_a_huge_file(self, tmp_path: Path) -> None:
        assert read_around(a_site(a_file(tmp_path, b"\n" * (MAX_FILE_BYTES + 1)))) is None
