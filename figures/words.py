"""The words of a ticket that tell what it is about, without those that every ticket has, and without people's names."""

from __future__ import annotations

import functools
from collections.abc import Set
from importlib.resources import files
from typing import Any

SHORTEST, LONGEST = 2, 12
MOST_CHARACTERS = 2_000
_NAMES = ("nr", "ns")
_PLACES = tuple("路街巷村镇乡")
_OFTEN = 20_000  # how common the trade's own words are taken to be, so that they are not cut apart
_KINDS = ("n", "v", "a", "l", "i", "j")
"""Tags of the segmenter that are kept: nouns, verbs, adjectives, set phrases, short forms."""


@functools.cache
def _cutter() -> Any:
    import rjieba  # its dictionary takes a third of a second and 40 MB: no command should wait for it that cuts nothing

    made = rjieba.Jieba()
    for word in _listed("trade_words.txt"):
        made.add_word(word, _OFTEN, "n")
    return made


@functools.cache
def stop_words() -> frozenset[str]:
    """What every ticket has."""
    return frozenset(_listed("stop_words.txt"))


def _listed(name: str) -> list[str]:
    """A shipped list of words between blanks."""
    return (files("figures") / "data" / name).read_text(encoding="utf-8").split()


def words(text: str, secrets: Set[str] = frozenset()) -> frozenset[str]:
    """The distinct words of Chinese characters, two at least; none that is, or shares two characters with, a secret.

    Names of persons and places have tags of their own, and what the dictionary does not know has none that is kept:
    most of it is names.
    """
    found = _all_words(text[:MOST_CHARACTERS])
    if not secrets:
        return found
    return frozenset(one for one in found if not any(_shares(one, secret) for secret in secrets))


# Two months of a county are looked at again and again while a bulletin is written: a few MB.
@functools.lru_cache(maxsize=8_192)
def _all_words(text: str) -> frozenset[str]:
    return frozenset(token[0] for token in set(_cutter().tag(text)) if _kept(*token))


def prepare() -> None:
    """Opens the dictionary, during which no other thread of the process goes on."""
    _cutter()


@functools.lru_cache(maxsize=100_000)
def _kept(word: str, kind: str) -> bool:
    fits = kind[:1] in _KINDS and kind[:2] not in _NAMES and SHORTEST <= len(word) <= LONGEST
    return fits and _han(word) and not word.endswith(_PLACES) and word not in stop_words()


def _han(word: str) -> bool:
    return all("\u4e00" <= letter <= "\u9fff" for letter in word)


def _shares(word: str, secret: str) -> bool:
    return any(word[at : at + 2] in secret for at in range(len(word) - 1))
