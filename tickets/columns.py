"""Column types of the ticket tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from tickets.terms import Term

BigId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON(none_as_null=True)


class Word(TypeDecorator[Term]):
    """A term: stored as its code, read back as the member. An unknown code is refused (ValueError)."""

    impl = String(16)
    cache_ok = True

    def __init__(self, kind: type[Term]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(self.kind(value).value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Term | None:
        return None if value is None else self.kind(value)
