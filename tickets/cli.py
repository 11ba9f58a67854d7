"""The commands about tickets, deadlines, the calendar, units and knowledge: `register(subparsers)` adds them all."""

from __future__ import annotations

from argparse import ArgumentParser, _SubParsersAction

from tickets import cli_calendar, cli_tickets, cli_units
from tickets.knowledge import cli as cli_knowledge


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    """Adds `ticket`, `deadline`, `calendar`, `units` and `knowledge`; each sets `handler`, a `(args, store) -> int`.

    Whoever calls the handler puts the Rules in force into `args.rules`, the folder of files into `args.attachments`,
    and into `args.seen` what puts on record who sees which tickets: `(session, action, numbers)`.
    """
    cli_tickets.register(subparsers)
    cli_calendar.register(subparsers)
    cli_units.register(subparsers)
    cli_knowledge.register(subparsers)
