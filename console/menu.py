"""The navigation: what the account may do is what it sees."""

from __future__ import annotations

from collections.abc import Iterable

from console.accounts import Account
from console.page import Page
from tickets.access import Role


def entries(pages: Iterable[Page], account: Account) -> list[tuple[str, str]]:
    """Path and name of the pages in the menu that the account may open, in the table's order."""
    return [(page.path, page.menu) for page in pages if page.menu and account.acting(page.action) is not None]


def home(pages: Iterable[Page], account: Account) -> str:
    """The page an account starts with: a leader's is the month, another's the first of its menu."""
    if Role.LEADER in account.roles:
        return "/bulletin"
    return next(iter(entries(pages, account)), ("/account", ""))[0]
