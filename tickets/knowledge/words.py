"""The words of a Chinese text, as they are looked up: cut by jieba's dictionary, the ones that say nothing left out."""

from __future__ import annotations

import re
import unicodedata

import rjieba

MOST_ASKED = 20
_WORD = re.compile(r"[^\W_]+")
_NOTHING = frozenset(
    word
    for line in (
        "的 了 吗 呢 吧 啊 呀 么 是 在 和 与 及 或 我 你 您 他 她 我们 你们 他们 还 就 都 也 这 那 这个 那个 个 一下",
        "要 想 想要 请 请问 问 怎么 怎么办 怎样 怎么样 怎办 咋办 咋 如何 为什么 为啥 什么 哪里 哪儿 哪个 哪些 多少",
        "可以 能 能否 能不能 可不可以 需要 应该 有 没有 办 办理 去",
    )
    for word in line.split()
)


def plain(text: str) -> str:
    """The text as words are compared: full width and half width, capitals and small letters are the same."""
    return unicodedata.normalize("NFKC", text).lower()


def indexed(text: str) -> list[str]:
    """Every word of a text in its order, and the words within long words: 低保金 is found by 低保, too."""
    return [word for word in rjieba.cut_for_search(plain(text), True) if _WORD.fullmatch(word)]


def asked(text: str) -> tuple[list[str], list[str]]:
    """The words that are looked for: all of them whole, and every piece of them, when nothing has all."""
    whole = [word for word in rjieba.cut(plain(text), True) if _WORD.fullmatch(word)]
    telling = [word for word in whole if word not in _NOTHING] or whole
    pieces = [word for word in indexed(text) if word not in _NOTHING] or telling
    return _few(telling), _few(pieces)


def _few(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))[:MOST_ASKED]
