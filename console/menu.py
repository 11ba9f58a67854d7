"""The navigation: what the account may do is what it sees."""

from __future__ import annotations

from collections.abc import Iterable

from console.accounts import Account
from console.page import Page
from tickets.access import Role


def entries(pages: Iterable[Page], account: Account) -> list[tuple[str, str]]:
    """Path and name of the pages in the menu that the account may open, in the table's order."""
    return [(page.path, page.menu) for page in pages if page.menu and account.acting(page.action) is not None]


_HOMES = {Role.LEADER: "/bulletin", Role.SUPERVISOR: "/supervisor"}


def home(pages: Iterable[Page], account: Account) -> str:
    """The page an account starts with: a leader's is the month, a supervisor's the floor, another's the first of its
    menu.
    """
    for role, path in _HOMES.items():
        if role in account.roles:
            return path
    return next(iter(entries(pages, account)), ("/account", ""))[0]
