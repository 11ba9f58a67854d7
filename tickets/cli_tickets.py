"""`hotline ticket ...`: every move of the table has its command, its options made from what the move needs."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace, _SubParsersAction
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from store.base import now
from store.engine import Store
from tickets import cli_files, table
from tickets.access import Action
from tickets.cli_actor import actor_of, add_actor, on_record
from tickets.cli_output import answer, command
from tickets.errors import Invalid
from tickets.intake import Submission, receive
from tickets.needs import EDITS, Choice, Need, choice, flag, gather
from tickets.present import event_line, row_line, ticket_dict, ticket_lines
from tickets.queries import MOST_ON_PAGE, Wanted, count_tickets, list_tickets, search_tickets
from tickets.returns import Ruling, Sought, returns
from tickets.service import act, get, history
from tickets.sheets import every, written
from tickets.sweep import sweep
from tickets.terms import Channel, Light, RequestType, State, Supervision, Term
from tickets.transitions import TABLE, Transition
from tickets.units import unit_names
from tickets.wording import clean_date

_SHORT = {"request_type": ("--type",), "citizen_name": ("--name",), "site_check": ("--site",)}
_TERMS: dict[str, type[Term]] = {
    "state": State,
    "type": RequestType,
    "channel": Channel,
    "light": Light,
    "supervision": Supervision,
}


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    """Adds `hotline ticket`."""
    ticket = subparsers.add_parser("ticket", help="tickets: register, list, and every step of their life")
    commands = ticket.add_subparsers(dest="ticket_command", required=True)
    _register_new(commands)
    _register_list(commands)
    for name, handler, help_text in (
        ("show", _show, "one ticket"),
        ("history", _history, "every change of a ticket"),
    ):
        parser = command(commands.add_parser(name, help=help_text), handler)
        parser.add_argument("number", help="ticket number, 12 digits")
    command(commands.add_parser("sweep", help="let time pass: warnings, overdue, supervision"), _sweep)
    cli_files.register(commands)
    _register_returns(commands)
    for row in TABLE.values():
        _register_move(commands, row)


def _register_new(commands: _SubParsersAction[ArgumentParser]) -> None:
    parser = command(commands.add_parser("new", help="register what came in by any channel"), _new)
    _add_options(parser, EDITS)
    parser.add_argument("--channel", default="phone", help="phone, sms, web, new_media, email, fax, app")
    parser.add_argument("--source-key", default="", help="the channel's own id: the same one makes one ticket")
    parser.add_argument("--accept", action="store_true", help="accept it at once")
    add_actor(parser)


def _register_list(commands: _SubParsersAction[ArgumentParser]) -> None:
    parser = command(commands.add_parser("list", help="tickets, newest first"), _list)
    for name, kind in _TERMS.items():
        parser.add_argument(f"--{name}", choices=[term.value for term in kind if term.value])
    for name in ("unit", "matter", "territory", "phone", "search", "after", "since", "until"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--open", action="store_true", help="only what is still being worked on")
    parser.add_argument("--by-due", action="store_true", help="nearest resolve date first")
    parser.add_argument("--size", type=int, default=50)
    parser.add_argument("--xlsx", type=Path, metavar="FILE", help="every one of them into a workbook, at most 10,000")


def _register_returns(commands: _SubParsersAction[ArgumentParser]) -> None:
    about = "what units applied to give back, and what was ruled (R26)"
    parser = command(commands.add_parser("returns", help=about), _returns)
    for name in ("unit", "since", "until"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--ruling", choices=[one.value for one in Ruling])
    parser.add_argument("--oldest", action="store_true", help="the oldest first")
    parser.add_argument("--after", type=int, default=0, metavar="ID")
    parser.add_argument("--size", type=int, default=50)


def _register_move(commands: _SubParsersAction[ArgumentParser], row: Transition) -> None:
    parser = commands.add_parser(row.action.value, help=f"{row.meaning} {row.rules}".strip())
    command(parser, partial(_move, row.action))
    parser.add_argument("number", help="ticket number, 12 digits")
    parser.add_argument("--version", type=int, help="the version you saw: refused when somebody acted since")
    _add_options(parser, row.needs)
    add_actor(parser)


def _add_options(parser: ArgumentParser, needs: tuple[Need, ...]) -> None:
    for need in needs:
        options = [f"--{need.name.replace('_', '-')}", *_SHORT.get(need.name, ())]
        text = need.label + ("" if need.required else "（可不填）")
        text += f"：{need.read}" if isinstance(need.read, Choice) else ""
        if need.read is flag:
            yes_no = BooleanOptionalAction
            parser.add_argument(*options, action=yes_no, default=None, help=text, dest=_dest(need))
        else:
            parser.add_argument(*options, help=text, dest=_dest(need), metavar=need.name.upper())


def _dest(need: Need) -> str:
    return f"need_{need.name}"


def _given(args: Namespace, needs: tuple[Need, ...]) -> dict[str, Any]:
    return {need.name: value for need in needs if (value := getattr(args, _dest(need))) is not None}


def _new(args: Namespace, store: Store) -> int:
    values = gather(EDITS, _given(args, EDITS))
    channel = Channel(choice(Channel)("渠道", args.channel))
    submission = Submission(channel, now(), source_key=args.source_key, **values)
    with store.begin() as session:
        received = receive(session, submission, actor_of(args, Action.CREATE), args.rules)
        if args.accept and not received.repeated:
            act(session, received.number, Action.ACCEPT, by=actor_of(args, Action.ACCEPT), rules=args.rules)
        ticket, names = get(session, received.number), unit_names(session)
    told = {"repeated": received.repeated, "similar": list(received.similar), "where": received.where}
    lines = ticket_lines(ticket, names)
    if received.repeated:
        lines.append("  重复来件，未另立工单")
    if received.similar:
        lines.append(f"  同一群众近期工单 {'、'.join(received.similar)}")
    if received.where:
        lines.append(f"  请核对受理范围：{received.hint.label}。{received.where}")
    return answer(args, ticket_dict(ticket) | told, lines)


def _wanted(args: Namespace) -> Wanted:
    return Wanted(
        state=State(args.state) if args.state else None,
        unit=args.unit,
        request_type=RequestType(args.type) if args.type else None,
        channel=Channel(args.channel) if args.channel else None,
        matter=args.matter,
        territory=args.territory,
        light=Light(args.light) if args.light else None,
        supervision=Supervision(args.supervision) if args.supervision else None,
        phone=args.phone,
        open_only=args.open,
        since=clean_date("since", args.since) if args.since else None,
        until=clean_date("until", args.until) if args.until else None,
    )


def _list(args: Namespace, store: Store) -> int:
    if args.xlsx:
        return _export(args, store)
    with store.reading() as session:
        names = unit_names(session)
        if args.search:
            page = search_tickets(session, args.search, size=args.size, after=args.after, unit=args.unit)
            count, exact = len(page.rows), page.after is None
        else:
            wanted = _wanted(args)
            page = list_tickets(session, wanted, size=args.size, after=args.after, by_due=args.by_due)
            count, exact = count_tickets(session, wanted)
    on_record(args, store, Action.SEARCH if args.search else Action.READ, [row["number"] for row in page.rows])
    lines = [row_line(row, names) for row in page.rows]
    lines.append(f"共 {count}{'' if exact else '+'} 件" + (f"，下一页 --after {page.after}" if page.after else ""))
    told = {"tickets": list(page.rows), "after": page.after, "count": count, "exact": exact}
    return answer(args, told, lines)


def _export(args: Namespace, store: Store) -> int:
    """Writes the list into a file, once it is on record what it shows. Raises Invalid."""
    if args.xlsx.suffix.lower() != ".xlsx":
        raise Invalid("文件", "只写 .xlsx")
    with store.reading() as session:
        found, names = list(every(partial(_rows_after, args, session))), unit_names(session)
    on_record(args, store, Action.EXPORT, [row["number"] for row in found])
    data = written(table.TITLE, table.COLUMNS, (table.line(row, names) for row in found))
    try:
        args.xlsx.write_bytes(data)
    except OSError as error:
        raise Invalid("文件", f"无法写入（{error.strerror}）") from error
    return answer(args, {"file": str(args.xlsx), "tickets": len(found)}, [f"{args.xlsx}：{len(found)} 件"])


def _rows_after(args: Namespace, session: Session, after: str | None) -> tuple[Sequence[dict[str, Any]], str | None]:
    if args.search:
        page = search_tickets(session, args.search, size=MOST_ON_PAGE, after=after or "", unit=args.unit)
    else:
        page = list_tickets(session, _wanted(args), size=MOST_ON_PAGE, after=after or "", by_due=args.by_due)
    return page.rows, page.after


def _returns(args: Namespace, store: Store) -> int:
    since, until = (clean_date(name, word) if (word := getattr(args, name)) else None for name in ("since", "until"))
    sought = Sought(args.unit, Ruling(args.ruling) if args.ruling else None, since, until, args.oldest)
    with store.reading() as session:
        names = unit_names(session)
        found, last = returns(session, sought, args.size, args.after)
    on_record(args, store, Action.SEARCH, [row["number"] for row in found])
    lines = [
        f"{row['number']}  {row['at']:%Y-%m-%d %H:%M}  {names.get(row['unit'], row['unit'])}  {row['ruling'].label}"
        f"  {row['reason']}" for row in found
    ]  # fmt: skip
    return answer(args, {"returns": found, "after": last}, [*lines, *([f"下一页 --after {last}"] if last else [])])


def _show(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        ticket, names = get(session, args.number), unit_names(session)
    on_record(args, store, Action.READ, [ticket.number])
    return answer(args, ticket_dict(ticket), ticket_lines(ticket, names))


def _history(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        events = history(session, args.number)
    on_record(args, store, Action.HISTORY, [args.number])
    return answer(args, {"number": args.number, "events": events}, map(event_line, events))


def _sweep(args: Namespace, store: Store) -> int:
    swept = sweep(store, rules=args.rules)
    told = {"checked": swept.checked, "told": swept.told}
    return answer(args, told, [f"检查 {swept.checked} 件：{swept.told or '无变化'}"])


def _move(action: Action, args: Namespace, store: Store) -> int:
    with store.begin() as session:
        by = actor_of(args, action, get(session, args.number))
        needs = _given(args, TABLE[action].needs)
        ticket = act(session, args.number, action, by=by, version=args.version, rules=args.rules, **needs)
        names = unit_names(session)
    return answer(args, ticket_dict(ticket), ticket_lines(ticket, names))
