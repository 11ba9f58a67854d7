"""What every command of the package shares: answers as text or JSON, and errors that a person can read."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from typing import Any

from store.engine import Store
from tickets.errors import ImportRefused, Invalid, TicketError
from tickets.present import codes

Handler = Callable[[Namespace, Store], int]


def answer(args: Namespace, value: Any, lines: Iterable[str]) -> int:
    """Prints the value as JSON when `--json` was given, else the lines; always 0."""
    if args.json:
        print(json.dumps(codes(value), ensure_ascii=False, indent=2))
    else:
        for line in lines:
            print(line)
    return 0


def command(parser: ArgumentParser, handler: Handler) -> ArgumentParser:
    """The parser with `--json` and its handler; the handler's TicketErrors become a message and exit code 1."""
    parser.add_argument("--json", action="store_true", help="answer as JSON")

    def guarded(args: Namespace, store: Store) -> int:
        try:
            return handler(args, store)
        except TicketError as error:
            return _tell(args, error)

    parser.set_defaults(handler=guarded)
    return parser


def _tell(args: Namespace, error: TicketError) -> int:
    if args.json:
        told: dict[str, Any] = {"type": type(error).__name__, "message": str(error)}
        if isinstance(error, Invalid):
            told["field"] = error.field
        if isinstance(error, ImportRefused):
            told["rows"] = [{"row": bad.row, "message": bad.message} for bad in error.rows]
        print(json.dumps({"error": told}, ensure_ascii=False, indent=2))
    else:
        print(f"错误：{error}", file=sys.stderr)
        if isinstance(error, ImportRefused):
            for bad in error.rows:
                print(f"  第{bad.row}行：{bad.message}", file=sys.stderr)
    return 1
