"""A page as one value: it is mounted, allowed, shown in the menu and put on record from the same table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from console.accounts import Account
from console.sessions import Login, Policy, Stage
from console.throttle import Throttle
from store.engine import Store
from tickets.access import Action, Actor
from tickets.deadlines import DEFAULT, Rules

# What a citizen may do without an account, by address, in so many seconds.
PUBLIC_MOST, PUBLIC_SECONDS = 30, 600.0


@dataclass(frozen=True, slots=True)
class Services:
    """What handlers may use beside their transaction. `more` is for the parts that have a page, by name."""

    store: Store
    folder: Path
    rules: Rules = DEFAULT
    policy: Policy = field(default_factory=Policy)
    more: Mapping[str, Any] = field(default_factory=dict)
    lookups: Throttle = field(default_factory=lambda: Throttle(5, 900.0))


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that was recognised and allowed. `form` has every value of each field, as it was typed.

    `login` is None, and `by` the citizen, on a public page. `problem` is why the same page's form was refused, on the
    page that is shown again.
    """

    session: Session
    services: Services
    by: Actor
    login: Login | None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: tuple[tuple[str, bytes], ...] = ()
    remote: str = ""
    problem: str = ""

    @property
    def account(self) -> Account:
        """The account; only where the page is not public."""
        assert self.login is not None
        return self.login.account

    def typed(self, name: str) -> str:
        """The value of a form's field without blanks around it, "" when it was not sent."""
        return self.form.get(name, ("",))[0].strip()

    def asked(self, name: str) -> str:
        """The value of a query parameter without blanks around it, "" when it was not sent."""
        return self.query.get(name, "").strip()

    def may(self, action: Action) -> bool:
        """Whether the account may do this in one of its roles."""
        return self.login is not None and self.account.acting(action) is not None

    def acting(self, action: Action) -> Actor:
        """The account in the role that may do this; the present one when none may."""
        return (self.login and self.account.acting(action)) or self.by


@dataclass(frozen=True, slots=True)
class Shown:
    """The page's template (or another) with these values. `seen` are tickets for the audit log."""

    values: Mapping[str, Any] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    status: int = 200
    template: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """On to another page, which says `notice` once. `cookie` is a new session, "" ends the present one.

    `seen` are tickets and `told` what was asked for, for the audit log.
    """

    to: str
    notice: str = ""
    cookie: str | None = None
    seen: tuple[str, ...] = ()
    told: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saved:
    """A file to be saved: one that is there, or bytes."""

    name: str
    file: Path | None = None
    data: bytes = b""
    media: str = "application/octet-stream"
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Then:
    """Something to await after the transaction was committed (an AMI action, a call); its answer is sent."""

    work: Callable[[], Awaitable[Shown | Moved | Saved]]


Answered = Shown | Moved | Saved | Then
Handler = Callable[[Visit], Answered]


@dataclass(frozen=True, slots=True)
class Page:
    """A row of the site's table. `action` is what a role must be allowed; None: any account, or nobody if `public`.

    The handler runs in a thread inside one transaction and raises the errors of `problems.STATUSES`. A refused form
    shows the page `again` (a GET of the table, by path) with what was typed and why. `menu` is its name in the
    navigation, "" for none. `stages` are the unfinished log-ins that may open it. `upload` takes files; `slow` is for
    what hashes a password.
    """

    method: str
    path: str
    action: Action | None
    title: str
    handler: Handler
    template: str = ""
    menu: str = ""
    again: str = ""
    public: bool = False
    stages: tuple[Stage, ...] = ()
    upload: bool = False
    slow: bool = False
