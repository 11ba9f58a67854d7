"""Passwords that are guessed first are not taken."""

import pytest

from console.passwords import simple


@pytest.mark.parametrize("word", [
    "1234567890", "0987654321", "aaaaaaaaaaaa", "abababababab", "qwertyuiop", "password123", "Admin12345",
    "zhangsan1234", "ZhangSan@zhangsan", "1qaz2wsx3edc", "abcdefghij",
])  # fmt: skip
def test_what_is_guessed_first_is_simple(word: str) -> None:
    assert simple(word, "zhangsan")


@pytest.mark.parametrize("word", ["a long password", "Wuding-hot-12345", "马到成功一路顺风心想事成", "kX9_vT2-qLm4"])
def test_what_is_the_owners_own_is_not(word: str) -> None:
    assert not simple(word, "zhangsan")
