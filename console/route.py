"""A route of the REST interface as one value: it is mounted, checked and described from the same table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.orm import Session

from callqueue.missed import DEFAULT
from callqueue.missed import Rules as MissedRules
from console.accounts import Account
from console.schema import Schema, pattern
from console.throttle import Throttle
from figures.snapshots import DEFAULT as RANKING
from figures.snapshots import Policy
from tickets.access import Action, Actor
from tickets.attachments import Limits
from tickets.deadlines import Rules

LIMITS = Limits()
NUMBER = pattern("[0-9]{12}")
PATHS: Mapping[str, Schema] = {
    "number": NUMBER,
    "sha256": pattern("[0-9a-f]{64}"),
    "task": pattern("[1-9][0-9]{0,8}"),
    "webhook": pattern("[1-9][0-9]{0,8}"),
    "check": pattern("[1-9][0-9]{0,8}"),
    "delivery": pattern("[1-9][0-9]{0,14}"),
    "ranking": pattern("[1-9][0-9]{0,8}"),
    "appeal": pattern("[1-9][0-9]{0,8}"),
    "code": pattern("[^/]{1,32}"),
    "agent": pattern("[0-9]{4}"),
    "call_id": pattern("[A-Za-z0-9._-]{1,80}"),
}


def _nowhere(_headers: Mapping[str, str]) -> None:
    """Dials nothing."""


class AgentDesk(Protocol):
    """The agents' telephones and calls; see hotline/agent_desk.py."""

    numbers: tuple[str, ...]
    elderly: Callable[[str], bool]

    def look(self, number: str) -> dict[str, Any]: ...

    def phones(self) -> list[tuple[str, bool]]: ...

    def do(self, what: str, number: str, body: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Means:
    """What handlers of calls need beyond the database: `wrap_up` seconds after a call, when missed callers may be
    called, how long an agent's phone rings, `dial`, which places a call (AMI's Originate) and returns at once, and the
    agents' `desk`. `lookups` counts wrong digits given for a ticket; `ranking` is how units are ranked.
    """

    wrap_up: int = 0
    missed: MissedRules = DEFAULT
    ring_seconds: int = 15
    dial: Callable[[Mapping[str, str]], None] = _nowhere
    desk: AgentDesk | None = None
    lookups: Throttle = field(default_factory=lambda: Throttle(5, 900.0))
    ranking: Policy = RANKING


class Floor(Protocol):
    """Queues and agents; see hotline/floor.py."""

    def look(self) -> dict[str, Any]: ...

    def whole(self) -> str: ...

    def do(self, what: str, of: str, body: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was recognised, allowed and checked. `version` is the one of If-Match, None when not sent.

    `means` is what the handlers of calls are given.
    """

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
    means: Means = Means()
    floor: Floor | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: a JSON value, or a file (on disk, or its bytes) to download under a name.

    `seen` are tickets for the audit log; `then` is done when the transaction is committed.
    """

    body: Any = None
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None
    content: bytes | None = None
    name: str = ""
    seen: tuple[str, ...] = ()
    then: Callable[[], None] | None = None


Handler = Callable[[Asked], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A row of the table. `action` is what the role must be allowed (None: any account); `answer` the body's schema.

    `upload`: the body is a form of files, as many as `files` allows; `seconds`: how long the work may take.
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
    files: int = LIMITS.files
    seconds: float = 10.0
    status: int = 200
    versioned: bool = False

    @property
    def name(self) -> str:
        """The operation's id, unique in the table."""
        words = self.path.replace("{", "").replace("}", "").strip("/").replace("/", "_")
        return f"{self.method.lower()}_{words.replace('-', '_')}"
