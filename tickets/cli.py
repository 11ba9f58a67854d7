"""The commands about tickets, deadlines, the calendar and units: `register(subparsers)` adds them all."""

from __future__ import annotations

from argparse import ArgumentParser, _SubParsersAction

from tickets import cli_calendar, cli_tickets, cli_units
from tickets.deadlines import DEFAULT, Rules


def register(subparsers: _SubParsersAction[ArgumentParser], rules: Rules = DEFAULT) -> None:
    """Adds `ticket`, `deadline`, `calendar` and `units`; each sets `handler`, a `(args, store) -> int`."""
    cli_tickets.register(subparsers, rules)
    cli_calendar.register(subparsers, rules)
    cli_units.register(subparsers)
