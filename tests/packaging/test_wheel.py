"""What people install: the wheel, the source distribution, and the editable install of a checkout."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import urllib.error
import urllib.request
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest

CHECKOUT = Path(__file__).parent.parent.parent

VERSION = importlib.metadata.version("flaskscope")

#: The folder of metadata inside the wheel.
METADATA = f"flaskscope-{VERSION}.dist-info"

#: Seconds for one build or one installation.
PATIENCE_SECONDS = 300

#: In static/, but for those who work on the page, not for the browser.
FOR_DEVELOPERS = {"static/package.json"}

#: What people have lying about in a checkout, and git ignores.
IGNORED_FILES = (
    "server/flaskscope/__pycache__/events.cpython-310.pyc",
    "server/flaskscope/instance/secret-key",
    "static/.DS_Store",
    "static/js/.DS_Store",
    "static/node_modules/typescript/index.js",
    "static/package-lock.json",
    "templates/flaskscope/.idea/workspace.xml",
)


@pytest.fixture(scope="module")
def sources() -> list[str]:
    """What git has or would add, as paths from the top of the checkout."""
    listed = _run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=CHECKOUT).stdout
    return sorted(name for name in set(listed.splitlines()) if (CHECKOUT / name).is_file())


@pytest.fixture(scope="module")
def page_files(sources: list[str]) -> list[str]:
    """Every file that the page may load, as it is addressed from the page."""
    return [name for name in sources if name.startswith("static/") and name not in FOR_DEVELOPERS]


@pytest.fixture(scope="module")
def checkout(sources: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which somebody has worked: with files that git ignores."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in sources:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, copy / name)
    for name in IGNORED_FILES:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("nobody else's business")
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build("--wheel", checkout, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build("--sdist", checkout, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the programs of a fresh environment into which the wheel was installed."""
    return _install([str(wheel)], tmp_path_factory.mktemp("fresh"))


class TestTheWheel:
    def test_has_one_name_at_its_top(self, wheel: Path) -> None:
        """Nothing of ours may lie about in somebody's site-packages: no static/, no tests/, no server/."""
        tops = {name.split("/")[0] for name in _names_in(wheel)}

        assert {"flaskscope", METADATA} == tops

    def test_has_every_file_of_the_package_and_the_page_and_no_other(
        self, wheel: Path, sources: list[str]
    ) -> None:
        """No file that git ignores, and none of those that only developers need."""
        expected = {
            re.sub(r"^server/flaskscope/|^(?=static/|templates/)", "flaskscope/", name)
            for name in sources
            if name.startswith(("server/flaskscope/", "static/", "templates/")) and name not in FOR_DEVELOPERS
        }

        shipped = {name for name in _names_in(wheel) if name.startswith("flaskscope/")}

        assert sorted(expected) == sorted(shipped)
        assert {"flaskscope/py.typed", "flaskscope/templates/flaskscope/index.html"} <= shipped
        assert any(name.startswith("flaskscope/static/js/") for name in shipped)
        assert any(name.startswith("flaskscope/static/css/") for name in shipped)

    def test_says_what_it_needs_and_under_which_licence(self, wheel: Path) -> None:
        metadata = _text_in(wheel, f"{METADATA}/METADATA")

        needed = set(re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*$", metadata, re.MULTILINE))

        assert {"flask", "flask-sock", "simple-websocket"} == needed
        assert "\nRequires-Python: >=3.10\n" in metadata
        assert "\nLicense-Expression: BSD-3-Clause\n" in metadata
        assert "BSD" not in "".join(re.findall(r"^Classifier: License.*$", metadata, re.MULTILINE))
        assert "FlaskScope contributors" in _text_in(wheel, f"{METADATA}/licenses/LICENSE")

    def test_installs_where_there_is_nothing_else(self, installed: Path, tmp_path: Path) -> None:
        """With its dependencies, and with a command that knows its version."""
        answer = _run([str(installed / "flaskscope"), "--version"], cwd=tmp_path).stdout

        assert answer.startswith(f"flaskscope {VERSION} ")

    def test_serves_its_page_from_anywhere(
        self, installed: Path, page_files: list[str], tmp_path: Path
    ) -> None:
        """Started in a folder that has nothing to do with the checkout, it finds every file that the page names."""
        _assert_the_page_is_served(installed, tmp_path, page_files)

    def test_has_types_that_a_stranger_s_mypy_sees(self, installed: Path, tmp_path: Path) -> None:
        """py.typed is there and works: a wrong use of the public interface is an error in the user's code."""
        (tmp_path / "right.py").write_text(
            "from flask import Flask\nfrom flaskscope import attach\n\nrecording = attach(Flask('shop'))\n"
            "run: str = recording.run\n"
        )
        (tmp_path / "wrong.py").write_text("from flaskscope import attach\n\nattach('no app')\n")
        mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(installed / "python")]

        right = _run([*mypy, "right.py"], cwd=tmp_path, check=False)
        wrong = _run([*mypy, "wrong.py"], cwd=tmp_path, check=False)

        assert "Success" in right.stdout, right.stdout
        assert "arg-type" in wrong.stdout, wrong.stdout


class TestTheSourceDistribution:
    def test_builds_the_same_wheel(self, sdist: Path, wheel: Path, tmp_path: Path) -> None:
        """Who builds from source gets what everybody has, byte by byte."""
        with tarfile.open(sdist) as archive:
            # Early releases of 3.10 and 3.11 have no filters; later ones warn when none is named.
            if hasattr(tarfile, "data_filter"):
                archive.extraction_filter = tarfile.data_filter
            archive.extractall(tmp_path)
        (unpacked,) = tmp_path.iterdir()

        rebuilt = _build("--wheel", unpacked, tmp_path / "dist")

        assert _contents_of(wheel) == _contents_of(rebuilt)

    def test_has_the_tests_and_nothing_that_git_ignores(self, sdist: Path, sources: list[str]) -> None:
        with tarfile.open(sdist) as archive:
            names = {name.partition("/")[2] for name in archive.getnames()}

        assert names <= {*sources, "PKG-INFO"}
        assert {"tests/run", "tests/conftest.py", "README.md", "LICENSE", "CHANGELOG.md"} <= names


class TestTheEditableInstall:
    def test_runs_the_checkout_and_finds_the_page_there(
        self, checkout: Path, page_files: list[str], tmp_path: Path
    ) -> None:
        """The package is in server/ and the page beside it; nobody who works on FlaskScope has to copy a file."""
        programs = _install(["--no-build-isolation", "--editable", str(checkout)], tmp_path / "fresh")

        answer = _run(
            [str(programs / "python"), "-c", "import flaskscope; print(flaskscope.__file__)"], cwd=tmp_path
        )

        assert str(checkout / "server" / "flaskscope" / "__init__.py") == answer.stdout.strip()
        _assert_the_page_is_served(programs, tmp_path, page_files)


class _Links(HTMLParser):
    """The addresses of the files that a page loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        address = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
        if address and not address.startswith("data:"):
            self.found.append(address)


def _assert_the_page_is_served(programs: Path, folder: Path, page_files: list[str]) -> None:
    process = subprocess.Popen(
        [str(programs / "flaskscope"), "demo", "--no-open", "--port", "0"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    # A server that says nothing is ended, and with it the reading of what it says.
    deadline = threading.Timer(60, process.kill)
    deadline.start()
    printed: list[str] = []
    try:
        assert process.stdout is not None
        address = None
        for line in process.stdout:
            printed.append(line)
            if match := re.search(r"http://\S+/_flaskscope/", line):
                address = match.group()
                break
        assert address is not None, "the server printed no address, but this:\n" + "".join(printed)
        page = _get(address).decode()
        files = _Links(page).found
        assert any(name.endswith(".js") for name in files), page
        assert any(name.endswith(".css") for name in files), page
        # What the page names, and the modules that those import: all that there is.
        for name in [*files, *page_files]:
            assert _get(urljoin(address, name)) != b"", name
    finally:
        deadline.cancel()
        process.kill()
        process.communicate()


def _get(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=30) as response:
            body: bytes = response.read()
            return body
    except urllib.error.HTTPError as error:
        with error:
            pytest.fail(f"{address} answers {error.code}: {error.read().decode()}")


def _build(kind: str, folder: Path, into: Path) -> Path:
    # Not isolated: an isolated build would ask the network for the hatchling that is here already.
    _run(
        [sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", str(into), str(folder)],
        cwd=into.parent,
    )
    (built,) = into.iterdir()
    return built


def _install(what: list[str], folder: Path) -> Path:
    """Make an environment in *folder*, install *what* with all it needs, and return the folder of its programs."""
    _run([sys.executable, "-m", "venv", str(folder)], cwd=folder.parent)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    # `tests/run` keeps the wheels of what FlaskScope needs, so that this works without a network.
    kept = Path(sys.prefix) / "wheels"
    source = ["--no-index", "--find-links", str(kept)] if kept.is_dir() else []
    pip = [str(programs / "python"), "-m", "pip", "--disable-pip-version-check", "install", "-q", *source]
    if "--no-build-isolation" in what:
        _run([*pip, "hatchling"], cwd=folder)
    _run([*pip, *what], cwd=folder)
    return programs


def _run(command: list[str], *, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    if check:
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done


def _names_in(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def _text_in(wheel: Path, name: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name).decode()


def _contents_of(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
