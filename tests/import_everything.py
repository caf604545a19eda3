"""Import each module of the package, as a program for the oldest Python there is: ``import_everything.py PACKAGES``.

PACKAGES is the folder of a newer Python's packages, where Flask is. What needs pytest is left out: pytest itself needs
another package on old Pythons.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

#: What is not imported: it needs pytest, it fails on purpose, or it is a program.
LEFT_OUT = ("flaskscope.pytest_plugin", "flaskscope.testing", "settings_at_import", "__main__")


def main(packages: str) -> int:
    sys.path[:0] = [str(Path(__file__).parent.parent / "server")]
    sys.path.append(packages)
    package = importlib.import_module("flaskscope")
    count = 0
    for module in pkgutil.walk_packages(package.__path__, "flaskscope."):
        if module.name.startswith(LEFT_OUT[:2]) or module.name.endswith(LEFT_OUT[2:]):
            continue
        importlib.import_module(module.name)
        count += 1
    print(f"{count} modules, Python {sys.version.split()[0]}")
    return 0 if count > 100 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
