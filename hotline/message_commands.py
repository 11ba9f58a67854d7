"""`hotline messages`: what came and went by message, and how soon it was answered."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from datetime import timedelta

from channels.figures import answered
from channels.listing import Sought, listed
from channels.terms import Fate
from hotline import opening
from hotline.record import on_record
from hotline.settings import Settings
from store.base import now
from tickets.access import Action, Actor, Role
from tickets.deadlines import start_of
from tickets.present import codes
from tickets.terms import Channel
from tickets.wording import clean_date


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="{list,figures}")
    several = actions.add_parser("list", help="messages in and out, the newest first; numbers are masked")
    several.add_argument("--channel", choices=[term.value for term in Channel if term is not Channel.PHONE])
    several.add_argument("--fate", choices=[term.value for term in Fate])
    several.add_argument("--ticket", default="", help="of one ticket")
    several.add_argument("--size", type=int, default=50)
    several.add_argument("--after", default="")
    figures = actions.add_parser("figures", help="how soon messages were answered (GB/T 33358: 3 minutes, 24 hours)")
    figures.add_argument("--since", default="", help="day; default: a week ago")
    figures.add_argument("--until", default="", help="day, not included; default: tomorrow")
    for action in (several, figures):
        action.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, arguments: Namespace) -> int:
    return _list(settings, arguments) if arguments.action == "list" else _figures(settings, arguments)


def _list(settings: Settings, arguments: Namespace) -> int:
    sought = Sought(
        Channel(arguments.channel) if arguments.channel else None, Fate(arguments.fate) if arguments.fate else None,
        arguments.ticket,
    )
    auditor = Actor("cli", Role.AUDITOR)
    with opening.session(settings) as session:
        found, after = listed(session, sought, by=auditor, size=arguments.size, after=arguments.after)
        on_record(session, Action.MESSAGES, tuple({row["number"]: None for row in found if row["number"]}))
    if arguments.json:
        print(json.dumps({"messages": codes(found), "next": after}, ensure_ascii=False, indent=1))
        return 0
    for row in found:
        about = row["why"] or row["subject"] or row["text"].replace("\n", " ")[:40]
        words = (f"{row['at']:%m-%d %H:%M:%S}", row["channel"].label, row["fate"].label, row["peer"],
                 row["number"] or "", about)  # fmt: skip
        print("  ".join(word for word in words if word))
    if after:
        print(f"--after {after}")
    return 0


def _figures(settings: Settings, arguments: Namespace) -> int:
    today = now().date()
    since = clean_date("since", arguments.since) if arguments.since else today - timedelta(days=7)
    until = clean_date("until", arguments.until) if arguments.until else today + timedelta(days=1)
    with opening.reading(settings) as session:
        found = answered(session, start_of(since), start_of(until))
    if arguments.json:
        told = {"since": since, "until": until, "channels": [asdict(one) for one in found]}
        print(json.dumps(codes(told), ensure_ascii=False, indent=1))
        return 0
    for one in found:
        longest = "" if one.receipt_seconds is None else f", the longest wait {one.receipt_seconds:.0f} s"
        print(f"{one.channel.label}: {one.came} came; {one.receipts} receipts{longest}; a person answered "
              f"{one.answered}, {one.within} within {one.limit_seconds} s; {one.waiting} wait")
    return 0
