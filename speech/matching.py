"""From recognised words to a value. Pure: whole phrases only, so that a negation never counts as what it negates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

Words = Mapping[str, Sequence[str]]
UNKNOWN = "[unk]"
NEGATIVES = ("不", "没", "未", "别再", "假", "错", "差")


def phrases(words: Words) -> list[str]:
    """The phrases of a question, each once, negatives first, then the longest."""
    every = {phrase for given in words.values() for phrase in given if phrase}
    return sorted(every, key=lambda phrase: (not negative(phrase), -len(phrase), phrase))


def negative(phrase: str) -> bool:
    """Whether the phrase denies something."""
    return any(sign in phrase for sign in NEGATIVES)


def value_of(heard: Sequence[str], words: Words) -> str | None:
    """The one value that all of the heard words mean; None for anything unknown, unfinished or contradicting.

    What was heard must be whole phrases from its first word to its last. A phrase that stands for two values means
    neither, and where two readings differ (不 满意) the longest negative one is the reading.
    """
    text = "".join(heard)
    if not text or UNKNOWN in heard:
        return None
    meant = {value for phrase in _read(text, phrases(words)) for value in _meanings(phrase, words)}
    return meant.pop() if len(meant) == 1 else None


def _meanings(phrase: str, words: Words) -> list[str]:
    return [value for value, given in words.items() if phrase in given]


def _read(text: str, known: Iterable[str]) -> list[str]:
    """The phrases the text is made of, negatives tried first; empty when something is left over."""
    for phrase in known:
        if text == phrase:
            return [phrase]
    for phrase in known:
        rest = _read(text[len(phrase) :], known) if text.startswith(phrase) else []
        if rest:
            return [phrase, *rest]
    return []


def spelled(phrase: str, knows: Callable[[str], bool]) -> list[str] | None:
    """The phrase in as few known words as the longest-first reading gives; None when some of it is unknown."""
    if not phrase:
        return []
    for size in range(len(phrase), 0, -1):
        if knows(phrase[:size]):
            rest = spelled(phrase[size:], knows)
            if rest is not None:
                return [phrase[:size], *rest]
    return None
