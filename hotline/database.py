"""`hotline db upgrade`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from hotline import prepare
from hotline.settings import Settings


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="upgrade")
    actions.add_parser("upgrade", help="create the database or bring it to the newest form")


def run(settings: Settings, _arguments: Namespace) -> int:
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    prepare.database(settings)
    print("the database is in its newest form")
    return 0
