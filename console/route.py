"""A route of the REST interface as one value: it is mounted, checked and described from the same table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.orm import Session

from console.accounts import Account
from console.schema import Schema, pattern
from tickets.access import Action, Actor
from tickets.deadlines import Rules

NUMBER = pattern("[0-9]{12}")
PATHS: Mapping[str, Schema] = {
    "number": NUMBER,
    "sha256": pattern("[0-9a-f]{64}"),
    "code": pattern("[^/]{1,32}"),
    "agent": pattern("[0-9]{4}"),
    "call_id": pattern("[A-Za-z0-9._-]{1,80}"),
}


class Floor(Protocol):
    """Queues and agents; see hotline/floor.py."""

    def look(self) -> dict[str, Any]: ...

    def do(self, what: str, of: str, body: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was recognised, allowed and checked. `version` is the one of If-Match, None when not sent."""

    session: Session
    account: Account
    by: Actor
    folder: Path
    rules: Rules
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[tuple[str, bytes], ...] = ()
    version: int | None = None
    floor: Floor | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: a JSON value, or a file to download under a name. `seen` are tickets for the audit log."""

    body: Any = None
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None
    name: str = ""
    seen: tuple[str, ...] = ()


Handler = Callable[[Asked], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A row of the table. `action` is what the role must be allowed (None: any account); `answer` the body's schema.

    A handler runs in a thread, inside one transaction, and raises the errors of `problems.STATUSES`.
    """

    method: str
    path: str
    action: Action | None
    summary: str
    handler: Handler
    answer: Schema | None
    query: Mapping[str, Schema] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    body: Schema | None = None
    upload: bool = False
    status: int = 200
    versioned: bool = False

    @property
    def name(self) -> str:
        """The operation's id, unique in the table."""
        words = self.path.replace("{", "").replace("}", "").strip("/").replace("/", "_")
        return f"{self.method.lower()}_{words.replace('-', '_')}"
