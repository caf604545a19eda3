"""The page and its files: the right ones, of the right type, and no others."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from flask import Flask

from flaskscope.assets import find_assets
from flaskscope.errors import FilesMissingError
from flaskscope.web.page import TYPES, make_page

if TYPE_CHECKING:
    from conftest import Served  # type: ignore[import-not-found]


class TestPage:
    def test_everything_it_names_is_there_and_has_its_type(self, served: Served) -> None:
        status, headers, body = served.get("/_flaskscope/")
        named = re.findall(r'(?:src|href)="([^"#]+)"', body.decode())

        assert (200, "text/html; charset=utf-8") == (status, headers["Content-Type"])
        assert any(name.endswith(".js") for name in named)
        for name in named:
            assert "//" not in name, f"{name} is not ours"
            if name.startswith("static/"):
                status, headers, _ = served.get(f"/_flaskscope/{name}")
                assert 200 == status, name
                assert TYPES[Path(name).suffix] == headers["Content-Type"].partition(";")[0]

    def test_a_module_is_javascript_whatever_the_system_thinks(
        self, served: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mimetypes.guess_type", lambda *args, **kwargs: ("text/plain", None))

        script = next(find_assets().static.rglob("*.js")).relative_to(find_assets().static)

        assert served.get(f"/_flaskscope/static/{script}")[1]["Content-Type"].startswith("text/javascript")

    def test_the_settings_of_the_watched_app_do_not_reach_it(self, serve: Callable[..., Served]) -> None:
        served = serve({"SEND_FILE_MAX_AGE_DEFAULT": 31_536_000, "SERVER_NAME": "shop.example"})

        status, headers, _ = served.get("/_flaskscope/")

        assert (200, "no-store") == (status, headers["Cache-Control"])


class TestFiles:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        static = tmp_path / "static"
        (static / "js" / "node_modules").mkdir(parents=True)
        for name in (
            "js/main.js",
            "js/node_modules/x.js",
            "js/.hidden.js",
            "package.json",
            "notes.py",
            "js/main.js.map",
        ):
            (static / name).write_text("content")
        (tmp_path / "secret.js").write_text("secret")
        (static / "link.js").symlink_to(tmp_path / "secret.js")
        return static

    def get(self, folder: Path, name: str) -> int:
        app = Flask(__name__, static_folder=None)
        app.register_blueprint(make_page(folder, "1"))
        with app.test_client().get(f"/static/{name}") as response:
            return response.status_code

    def test_a_file_of_ours_is_served(self, folder: Path) -> None:
        assert 200 == self.get(folder, "js/main.js")

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "../secret.js",
                "js/../../secret.js",
                "..%2fsecret.js",
                "%2e%2e/secret.js",
                "..%5csecret.js",
                "link.js",
            ),
            *(
                "/etc/passwd",
                "//etc/passwd",
                "js//main.js",
                "js/main.js/",
                "js/main.js%00.png",
                "js/main.js.map",
                "js",
            ),
            *(
                "package.json",
                "notes.py",
                "js/.hidden.js",
                "js/node_modules/x.js",
                "nothing.js",
                "a" * 5_000 + ".js",
            ),
            *("C:%5cmain.js", "js/m%C3%A4in.js", "js/main.js ", "%"),
        ],
    )
    def test_nothing_else_is(self, folder: Path, name: str) -> None:
        assert self.get(folder, name) in {308, 404}

    def test_text_is_compressed_for_whoever_takes_it_so(self, folder: Path) -> None:
        """And it is compressed again once the file is another."""
        (folder / "js" / "main.js").write_text("export const long = 1;\n" * 200)
        app = Flask(__name__, static_folder=None)
        app.register_blueprint(make_page(folder, "1"))

        def get(**headers: str) -> tuple[str | None, bytes, str]:
            with app.test_client().get("/static/js/main.js", headers=headers) as response:
                assert "text/javascript; charset=utf-8" == response.headers["Content-Type"]
                assert "Accept-Encoding" == response.headers["Vary"]
                return (
                    response.headers.get("Content-Encoding"),
                    response.data,
                    str(response.headers["Cache-Control"]),
                )

        plain_coding, plain, plain_caching = get()
        coding, packed, caching = get(**{"Accept-Encoding": "br, gzip"})
        refused, _, _ = get(**{"Accept-Encoding": "gzip;q=0"})

        assert [None, None, "gzip"] == [plain_coding, refused, coding]
        assert plain == gzip.decompress(packed)
        assert len(packed) < len(plain) / 4
        assert {"no-cache", "max-age=0"} == set(caching.split(", ")) >= set(plain_caching.split(", "))

        (folder / "js" / "main.js").write_text("export const short = 1;\n")
        assert b"export const short = 1;\n" == gzip.decompress(get(**{"Accept-Encoding": "gzip"})[1])

    def test_every_file_of_the_page_can_be_served(self, served: Served) -> None:
        static = find_assets().static
        for path in sorted(static.rglob("*")):
            if path.suffix in TYPES and "node_modules" not in path.parts:
                name = path.relative_to(static).as_posix()
                assert 200 == served.get(f"/_flaskscope/static/{quote(name)}")[0], name


class TestFindAssets:
    def test_installed_files_win_over_a_checkout(self, tmp_path: Path) -> None:
        package = tmp_path / "server" / "flaskscope"
        (tmp_path / "pyproject.toml").parent.mkdir(exist_ok=True)
        (tmp_path / "pyproject.toml").write_text('name = "flaskscope"')
        for place in (package, tmp_path):
            (place / "static").mkdir(parents=True)
            (place / "templates" / "flaskscope").mkdir(parents=True)
            (place / "templates" / "flaskscope" / "index.html").write_text("")

        assert package / "static" == find_assets(package).static
        (package / "templates" / "flaskscope" / "index.html").unlink()
        assert tmp_path / "static" == find_assets(package).static

    def test_a_folder_that_is_not_our_checkout_is_left_alone(self, tmp_path: Path) -> None:
        """Site-packages may have a static/ and a templates/ of somebody else two levels up."""
        package = tmp_path / "lib" / "flaskscope"
        package.mkdir(parents=True)
        (tmp_path / "static").mkdir()
        (tmp_path / "templates" / "flaskscope").mkdir(parents=True)
        (tmp_path / "templates" / "flaskscope" / "index.html").write_text("")
        (tmp_path / "pyproject.toml").write_text('name = "something-else"')

        with pytest.raises(FilesMissingError, match="pip install --force-reinstall flaskscope"):
            find_assets(package)
