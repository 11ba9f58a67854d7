"""`hotline calls`: the ledger, one row a visit."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from datetime import datetime
from typing import Any

from callqueue import queries
from hotline import opening
from hotline.errors import HotlineError
from hotline.settings import Settings
from store.base import LOCAL

_COLUMNS = (
    "started_at", "call_id", "direction", "caller", "dialled", "queue", "agent", "disposition", "talk_s", "ticket_no",
)


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="{list,show}")
    listed = actions.add_parser("list", help="the newest calls")
    listed.add_argument("--since", type=moment, metavar="TIME", help="from 2026-07-06 or 2026-07-06T08:30")
    listed.add_argument("--until", type=moment, metavar="TIME", help="before this moment")
    listed.add_argument("--disposition", default="", help="only calls that ended so")
    listed.add_argument("--caller", default="", help="only this number's calls")
    listed.add_argument("--limit", type=int, default=100, help="at most so many (default %(default)s)")
    shown = actions.add_parser("show", help="all of one call")
    shown.add_argument("call_id")
    for action in (listed, shown):
        action.add_argument("--json", action="store_true", help="as JSON")


def moment(text: str) -> datetime:
    """The moment in ISO 8601, Asia/Shanghai unless it says otherwise. Raises ValueError (argparse says which)."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=LOCAL)


def run(settings: Settings, arguments: Namespace) -> int:
    with opening.reading(settings) as session:
        if arguments.action == "show":
            found = queries.show_call(session, arguments.call_id)
            if found is None:
                raise HotlineError(f"no call {arguments.call_id} in the ledger")
            print(json.dumps(found, indent=1, ensure_ascii=False) if arguments.json else facts(found))
            return 0
        rows = queries.list_calls(
            session, arguments.since, arguments.until, arguments.disposition, arguments.caller, arguments.limit
        )
    print(json.dumps(rows, indent=1, ensure_ascii=False) if arguments.json else table(rows, _COLUMNS))
    return 0


def table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> str:
    """Rows as text, each column as wide as its widest value; "none" when there are none."""
    if not rows:
        return "none"
    lines = [columns, *(tuple(_cell(row[name]) for name in columns) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    padded = ([word.ljust(width) for word, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join("  ".join(line).rstrip() for line in padded)


def facts(row: dict[str, Any]) -> str:
    """One row as text, a line a field."""
    width = max(map(len, row))
    return "\n".join(f"{name:<{width}}  {_cell(value)}" for name, value in row.items())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
