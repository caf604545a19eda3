"""The versions of Flask that the scenarios run on, each in a virtual environment of its own.

A package that Flask needs is pinned to what was there when that Flask was young: newer ones changed what it builds on.

``python -m tests.transparency.versions`` makes all of the environments that are not there yet, as `tests/run` does
before the tests: a slow network is not to count as a test that hangs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import flaskscope.record

#: The checkout: environments are made here, where git ignores them.
ROOT = Path(__file__).resolve().parents[2]

#: Seconds for installing one environment: it holds about twenty small packages.
INSTALL_SECONDS = 600

#: What the scenarios and the applications use beside Flask.
_COMPANIONS = (
    "asgiref==3.8.1",
    "cachelib==0.13.0",
    "Flask-Login==0.6.3",
    "Flask-Session==0.8.0",
    "flask-sock==0.7.0",
    "Flask-SQLAlchemy==3.1.1",
    "gevent==24.11.1",
    "pytest==9.0.2",
    "redis==5.2.1",
    "simple-websocket==1.1.0",
    # 2.1 changed what Flask-SQLAlchemy 3.1 builds on.
    "SQLAlchemy==2.0.36",
)


@dataclass(frozen=True, slots=True)
class FlaskVersion:
    """A Flask to run scenarios on.

    Attributes:
        name: What tests call it.
        release: The release that is installed, with what it depends on.
        packages: Requirements of that release.
        source: A folder with the package ``flask`` that is used instead of the release, or ``None``.
    """

    name: str
    release: str
    packages: tuple[str, ...]
    source: Path | None = None


RELEASED = (
    FlaskVersion("2.2", "2.2.5", ("Werkzeug==2.2.3", "blinker==1.6.2", "click==8.1.8")),
    FlaskVersion("2.3", "2.3.3", ("Werkzeug==2.3.8", "blinker==1.6.2", "click==8.1.8")),
    FlaskVersion("3.0", "3.0.3", ("Werkzeug==3.0.6", "blinker==1.7.0", "click==8.1.8")),
    # The session became a property in 3.1.3.
    FlaskVersion("3.1.2", "3.1.2", ("Werkzeug==3.1.5", "blinker==1.9.0", "click==8.3.1")),
    FlaskVersion("3.1.3", "3.1.3", ("Werkzeug==3.1.5", "blinker==1.9.0", "click==8.3.1")),
)

#: The one that controls are tried on.
NEWEST = RELEASED[-1]


def all_versions() -> list[FlaskVersion]:
    """Return the released versions, and the source tree that ``FLASKSCOPE_TEST_FLASK`` names.

    Raises:
        FileNotFoundError: If there is no Flask in the folder that it names.
    """
    tree = os.environ.get("FLASKSCOPE_TEST_FLASK")
    if not tree:
        return list(RELEASED)
    for source in (Path(tree, "src"), Path(tree)):
        if (source / "flask" / "__init__.py").is_file():
            return [*RELEASED, FlaskVersion("source", NEWEST.release, NEWEST.packages, source.resolve())]
    raise FileNotFoundError(
        f"FLASKSCOPE_TEST_FLASK is {tree!r}, which has neither src/flask nor flask: name a checkout of Flask."
    )


class Environment:
    """A virtual environment with one version of Flask, made when it is first needed and then kept.

    FlaskScope is not installed in it: a copy of its package is put on the path instead.

    Args:
        version: What to have in it.
        package: A folder with a copy of the package ``flaskscope``, see `copy_package`.
    """

    def __init__(self, version: FlaskVersion, package: Path) -> None:
        self.version = version
        self.package = package
        self.folder = ROOT / f".venv-flask-{version.release}"
        self.python = self.folder / ("Scripts" if os.name == "nt" else "bin") / "python"

    def install(self) -> None:
        """Make the environment, unless it is there with the same requirements.

        Raises:
            RuntimeError: If pip fails; with what it wrote.
        """
        requirements = [f"Flask=={self.version.release}", *self.version.packages, *_COMPANIONS]
        wanted = "\n".join([sys.version, *requirements])
        note = self.folder / "requirements.installed"
        if note.is_file() and note.read_text() == wanted:
            return
        # The pip that installs need not be in there itself.
        venv.create(self.folder, clear=True)
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "--disable-pip-version-check"]
        done = subprocess.run(
            [*pip, "install", "--quiet", *requirements],
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
        if done.returncode:
            raise RuntimeError(
                f"pip could not install {requirements} in {self.folder}:\n{done.stdout}{done.stderr}"
            )
        note.write_text(wanted)

    def run(self, module: str, *arguments: str, seconds: float) -> str:
        """Run ``python -m`` *module* in it and return its output.

        Raises:
            RuntimeError: If it fails or writes anything to its standard error; with what it wrote.
            subprocess.TimeoutExpired: If it takes longer than *seconds*.
        """
        path = [str(ROOT), str(self.package)]
        if self.version.source is not None:
            path.insert(0, str(self.version.source))
        done = subprocess.run(
            [self.python, "-X", "faulthandler", "-m", module, *arguments],
            env={
                **{
                    name: value
                    for name, value in os.environ.items()
                    if not name.startswith(("FLASK", "PYTHON"))
                },
                "PYTHONPATH": os.pathsep.join(path),
                "PYTHONHASHSEED": "0",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=seconds,
        )
        if done.returncode or done.stderr:
            raise RuntimeError(f"{module} {arguments} on Flask {self.version.name}:\n{done.stderr[-8000:]}")
        return done.stdout


def copy_package(folder: Path) -> Path:
    """Copy the package ``flaskscope`` that is under test into *folder*, and return that folder.

    The folder it is imported from will not do: beside an installed package lies the Flask of the test environment.
    """
    source = Path(flaskscope.record.__file__ or "").resolve().parent.parent
    shutil.copytree(
        source,
        folder / "flaskscope",
        ignore=shutil.ignore_patterns("__pycache__", "static", "templates"),
    )
    return folder


def install_all() -> None:
    """Make the environments of all versions, two at a time.

    Raises:
        RuntimeError: If one of them cannot be made; with what pip wrote.
    """
    with ThreadPoolExecutor(2) as pool:
        for made in [
            pool.submit(Environment(version, ROOT / "server").install) for version in all_versions()
        ]:
            made.result()


if __name__ == "__main__":
    install_all()
