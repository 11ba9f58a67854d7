"""The commands about tickets, deadlines, the calendar and units: `register(subparsers)` adds them all."""

from __future__ import annotations

from argparse import ArgumentParser, _SubParsersAction

from tickets import cli_calendar, cli_tickets, cli_units


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    """Adds `ticket`, `deadline`, `calendar` and `units`; each sets `handler`, a `(args, store) -> int`.

    Whoever calls the handler puts the Rules in force into `args.rules`, the folder of files into `args.attachments`,
    and into `args.seen` what puts on record who sees which tickets: `(session, action, numbers)`.
    """
    cli_tickets.register(subparsers)
    cli_calendar.register(subparsers)
    cli_units.register(subparsers)
