"""Who acts on the command line, and that what was shown is on record."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from store.engine import Store
from tickets.access import UNIT_ROLES, Action, Actor, Role
from tickets.ticket import Ticket
from tickets.transitions import TABLE

_NATURAL = (Role.COUNTY_ADMIN, Role.UNIT_HANDLER, Role.AGENT)


def add_actor(parser: ArgumentParser) -> None:
    """Adds the options of who acts."""
    parser.add_argument("--by", default="", help="who acts, as written into the history (default: this account)")
    parser.add_argument("--role", choices=[role.value for role in Role], help="acting as (default: who usually does)")
    parser.add_argument("--as-unit", default="", help="acting for this unit (default: the lead unit)")


def actor_of(args: Namespace, action: Action, ticket: Ticket | None = None) -> Actor:
    """Who acts, as told or as is usual for the action."""
    who = args.by or f"cli:{getpass.getuser()}"
    usual = next((r for r in _NATURAL if action in TABLE and r in TABLE[action].who), Role.COUNTY_ADMIN)
    role = Role(args.role) if args.role else usual
    unit = args.as_unit or (ticket.lead_unit or "" if ticket and role in UNIT_ROLES else "")
    return Actor(who, role, unit)


def on_record(args: Namespace, store: Store, action: Action, numbers: Sequence[str]) -> None:
    """Nothing is shown before it is on record who sees it: the account of the machine, whatever `--by` says."""
    with store.begin() as session:
        args.seen(session, action, numbers)
