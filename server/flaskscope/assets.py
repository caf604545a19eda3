"""Where the page's own files are: beside the package when it is installed, in the checkout while it is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flaskscope.errors import FilesMissingError


@dataclass(frozen=True, slots=True)
class Assets:
    """The two folders the page is made of; both exist."""

    static: Path
    templates: Path


def find_assets(package: Path | None = None) -> Assets:
    """Return the folders with the page's files.

    Args:
        package: The folder of the package; this one unless a test says otherwise.

    Raises:
        FilesMissingError: If they are neither beside the package nor in a checkout around it.
    """
    package = package or Path(__file__).resolve().parent
    places = [package]
    # The project file is the proof that this is our checkout, and not some folder that has a static/ as well.
    checkout = package.parent.parent
    project = checkout / "pyproject.toml"
    if project.is_file() and 'name = "flaskscope"' in project.read_text(encoding="utf-8"):
        places.append(checkout)
    for place in places:
        found = Assets(place / "static", place / "templates")
        if (found.templates / "flaskscope" / "index.html").is_file() and found.static.is_dir():
            return found
    raise FilesMissingError(
        f"The files of FlaskScope's page are not in {' or '.join(map(str, places))}. "
        "The installation is not whole: pip install --force-reinstall flaskscope."
    )
