"""Where the demo keeps its secret key, so that the session counter survives a restart."""

from __future__ import annotations

import os
import re
import secrets
import sys
import tempfile
from pathlib import Path

#: Names the demo's instance folder; without it the folder is the one `instance_folder` describes.
FOLDER_VARIABLE = "FLASKSCOPE_DEMO_INSTANCE"

KEY_FILE = "secret-key"
KEY_BYTES = 32

_key_pattern = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}")


def instance_folder() -> Path:
    """Return the demo's instance folder, which need not exist yet.

    It is what ``FLASKSCOPE_DEMO_INSTANCE`` says; else ``instance`` in the checkout, which git ignores; else, for an
    installed package, whose own folder may be read-only, ``flaskscope/demo`` where the platform keeps the state of
    programs: ``$XDG_STATE_HOME`` or ``~/.local/state``, ``~/Library/Application Support``, ``%LOCALAPPDATA%``.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named).absolute()
    server = Path(__file__).resolve().parents[2]
    if server.name == "server" and (server.parent / "pyproject.toml").is_file():
        return server.parent / "instance"
    return _state_folder() / "flaskscope" / "demo"


def read_or_make_key(folder: Path) -> tuple[str, str | None]:
    """Return the secret key kept in *folder* and, if it cannot be kept there, one sentence that says so.

    The first caller makes the key: 32 random bytes as hexadecimal digits, in a file only the user may read. Of
    several processes that start at once one makes it and all get the same one. A file with anything else in it is
    replaced; browsers then lose the sessions they had.
    """
    path = folder / KEY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        kept = _read_key(path)
        if kept is None:
            _write_key(path, replace=path.exists())
            kept = _read_key(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return secrets.token_hex(KEY_BYTES), (
            f"The secret key cannot be kept in {folder} ({reason}): sessions end with this process. "
            f"Make the folder writable, or name another one in {FOLDER_VARIABLE}."
        )
    if kept is None:
        return secrets.token_hex(KEY_BYTES), (
            f"{path} does not keep what is written to it: sessions end with this process. Remove it and start again."
        )
    return kept, None


def _read_key(path: Path) -> str | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return text if _key_pattern.fullmatch(text) else None


def _write_key(path: Path, *, replace: bool) -> None:
    """Put a new key at *path* in one step, so that nobody ever reads half of it."""
    # mkstemp makes the file readable by its owner only, before anything is in it.
    handle, name = tempfile.mkstemp(prefix=KEY_FILE, dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
        if replace:
            draft.replace(path)
            return
        try:
            # A link fails where a rename would overwrite: the first of two processes wins, the other reads.
            os.link(draft, path)
        except FileExistsError:
            return
        except OSError:
            # A file system without hard links.
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _state_folder() -> Path:
    try:
        home = Path.home()
    except RuntimeError:
        # A user without an entry and without HOME: the root is not writable, which `read_or_make_key` reports.
        home = Path(os.sep).absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    named = os.environ.get("XDG_STATE_HOME", "")
    # The specification says that a relative path is to be ignored.
    return Path(named) if named.startswith("/") else home / ".local" / "state"
