"""Which names look secret, so that their values are never looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

#: Names to remember the answer for. Names come from the app's code and number a few hundred; past the limit the
#: memory is emptied and filled anew.
REMEMBERED_NAMES = 4_096

#: What makes a name secret wherever it stands in it.
_ANYWHERE = re.compile(
    r"passw|passphrase|secret|token|api_?key|authori[sz]|cookie|credential|csrf|xsrf|jwt|bearer|signature|private",
    re.IGNORECASE,
)

#: What makes a name secret only as a word of its own: ``auth`` and ``oauth_key``, but not ``author`` or ``monkey``.
_WORDS = frozenset(
    "pass pwd pw key keys auth oauth session sessionid sid pin otp totp cvv cvc ssn iban salt nonce".split()
)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class SecretNames:
    """Says whether a name looks secret, and remembers what it said.

    Args:
        extra: What makes further names secret.
        later: Asked for more of it whenever a name is new: an app is often watched before it has its settings.
    """

    __slots__ = ("extra", "known", "later")

    def __init__(
        self, extra: list[re.Pattern[str]], later: Callable[[], Iterable[re.Pattern[str]]] = tuple
    ) -> None:
        self.extra = extra
        self.later = later
        #: The answers so far, for callers to whom a call is too much.
        self.known: dict[str, bool] = {}

    def __call__(self, name: str) -> bool:
        """Return whether *name* looks secret."""
        answer = self.known.get(name)
        if answer is None:
            if len(self.known) >= REMEMBERED_NAMES:
                self.known.clear()
            answer = _looks_secret(name) or any(
                pattern.search(name) for pattern in (*self.extra, *self.later())
            )
            self.known[name] = answer
        return answer


def secret_names(
    extra_patterns: Iterable[str] = (), later: Callable[[], Iterable[re.Pattern[str]]] = tuple
) -> SecretNames:
    """Return what says whether a name looks secret.

    It is cheap to ask again for the same name, and safe to ask from any thread.

    Args:
        extra_patterns: Regular expressions, searched without regard to case, that make further names secret.
        later: See `SecretNames`.

    Raises:
        re.error: If a pattern is not a regular expression.
    """
    return SecretNames(secret_patterns(extra_patterns), later)


def secret_patterns(patterns: Iterable[str]) -> list[re.Pattern[str]]:
    """Return the regular expressions *patterns* as they are searched in names: without regard to case.

    Raises:
        re.error: If one is not a regular expression.
    """
    return [re.compile(pattern, re.IGNORECASE) for pattern in patterns]


@lru_cache(REMEMBERED_NAMES)  # many apps have the same names
def _looks_secret(name: str) -> bool:
    if _ANYWHERE.search(name):
        return True
    return any(word.lower() in _WORDS for word in _WORD.findall(name))
