"""Waits until Flask is imported: a suite may have to patch the standard library before, and may never use Flask."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from types import ModuleType

#: Modules of ours that need Flask. Whoever imports one first has Flask arrive before it: what is called then imports
#: them as well, and could not while one of them is half imported.
_NEED_FLASK = frozenset(
    f"flaskscope.{name}"
    for name in "attachment cli commands demo development_server extension newcomers record web".split()
)


class FlaskArrival(importlib.abc.MetaPathFinder):
    """Calls *then* once, as soon as Flask is imported; at once if it is already.

    Args:
        then: What to do. It must not raise.
    """

    def __init__(self, then: Callable[[], None]) -> None:
        self._then = then

    def watch(self) -> None:
        """Begin to wait."""
        if "flask" in sys.modules:
            self._then()
        else:
            sys.meta_path.insert(0, self)

    def forget(self) -> None:
        """Wait no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Leave every module to others, and Flask too; but be told when that is done."""
        if fullname in _NEED_FLASK:
            importlib.import_module("flask")  # comes by here again
            return _made_meanwhile(fullname)
        if fullname != "flask":
            return None
        self.forget()
        spec = importlib.util.find_spec("flask")
        if spec is not None and spec.loader is not None:
            spec.loader = _Telling(spec.loader, self._then)
        return spec


def _made_meanwhile(fullname: str) -> importlib.machinery.ModuleSpec | None:
    """Return a spec by which the import that came by here gets the module that was made in between, if it was."""
    module = sys.modules.get(fullname)
    spec = None if module is None else module.__spec__
    if module is None or spec is None or spec.loader is None:
        return None
    # The import system takes the spec of what is in `sys.modules`, and would make a second module by it.
    spec.loader = _Made(spec.loader, module)
    return spec


class _Made(importlib.abc.Loader):
    """Gives *module*, which *loader* has loaded, once more, and takes itself out of its spec."""

    def __init__(self, loader: importlib.abc.Loader, module: ModuleType) -> None:
        self._loader = loader
        self._module = module

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Execute nothing a second time."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader


class _Telling(importlib.abc.Loader):
    """Loads a module by *loader*, to which it is attributed, and calls *then*."""

    def __init__(self, loader: importlib.abc.Loader, then: Callable[[], None]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._then()
