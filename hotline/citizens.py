"""`hotline citizens`: numbers of elderly citizens, who skip the menu."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser, Namespace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hotline import opening
from hotline.errors import HotlineError
from hotline.settings import Settings
from hotline.tables import ElderlyRow
from store.base import now


def elderly_numbers(session: Session) -> frozenset[str]:
    """Every number known to be an elderly citizen's, digits only."""
    return frozenset(session.scalars(select(ElderlyRow.phone)))


def add(session: Session, phone: str) -> bool:
    """Whether the number was new."""
    if session.get(ElderlyRow, phone):
        return False
    session.add(ElderlyRow(phone=phone, added_at=now()))
    return True


def remove(session: Session, phone: str) -> bool:
    """Whether the number was there."""
    return bool(session.execute(delete(ElderlyRow).where(ElderlyRow.phone == phone)).rowcount)  # type: ignore[attr-defined]


def register(parser: ArgumentParser) -> None:
    groups = parser.add_subparsers(dest="group", required=True, metavar="elderly")
    elderly = groups.add_parser("elderly", help="numbers that skip the menu (65 and over)")
    actions = elderly.add_subparsers(dest="action", required=True, metavar="{add,remove,list}")
    for name, text in (("add", "make a number known"), ("remove", "forget a number")):
        actions.add_parser(name, help=text).add_argument("number", type=number, metavar="NUMBER")
    actions.add_parser("list", help="every number").add_argument("--json", action="store_true")


def number(text: str) -> str:
    """A telephone number, digits only. Raises ValueError (argparse says which)."""
    digits = re.sub(r"[ ()-]", "", text).removeprefix("+86")
    if not re.fullmatch(r"[0-9]{5,20}", digits):
        raise ValueError
    return digits


def run(settings: Settings, arguments: Namespace) -> int:
    with opening.session(settings) as session:
        if arguments.action == "list":
            _list(sorted(elderly_numbers(session)), arguments.json)
        elif arguments.action == "add":
            print("added" if add(session, arguments.number) else "known already")
        elif remove(session, arguments.number):
            print("removed")
        else:
            raise HotlineError(f"{arguments.number} is not in the list")
    return 0


def _list(numbers: list[str], as_json: bool) -> None:
    print(json.dumps(numbers, indent=1) if as_json else "\n".join(numbers) or "none")
