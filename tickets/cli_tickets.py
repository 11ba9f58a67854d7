"""`hotline ticket ...`: every move of the table has its command, its options made from what the move needs."""

from __future__ import annotations

import getpass
import os
import shutil
import tempfile
from argparse import ArgumentParser, BooleanOptionalAction, Namespace, _SubParsersAction
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from store.base import now
from store.engine import Store
from tickets.access import UNIT_ROLES, Action, Actor, Role, may
from tickets.attachments import Attachment, Limits, attachment_path, attachments_of, keep_attachment
from tickets.cli_output import answer, command
from tickets.errors import Forbidden, Invalid, NotFound
from tickets.intake import Submission, receive
from tickets.masking import require_files, require_part
from tickets.needs import EDITS, Need, choice, flag, gather
from tickets.present import event_line, row_line, ticket_dict, ticket_lines
from tickets.queries import Wanted, count_tickets, list_tickets, search_tickets
from tickets.service import act, get, history
from tickets.sweep import sweep
from tickets.terms import Channel, Light, RequestType, State, Supervision, Term
from tickets.ticket import Ticket
from tickets.transitions import TABLE, Transition
from tickets.units import unit_names
from tickets.wording import clean_date

_NATURAL = (Role.COUNTY_ADMIN, Role.UNIT_HANDLER, Role.AGENT)
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
    _register_files(commands)
    for row in TABLE.values():
        _register_move(commands, row)


def _register_new(commands: _SubParsersAction[ArgumentParser]) -> None:
    parser = command(commands.add_parser("new", help="register what came in by any channel"), _new)
    _add_options(parser, EDITS)
    parser.add_argument("--channel", default="phone", help="phone, sms, web, new_media, email, fax, app")
    parser.add_argument("--source-key", default="", help="the channel's own id: the same one makes one ticket")
    parser.add_argument("--accept", action="store_true", help="accept it at once")
    _add_actor(parser)


def _register_list(commands: _SubParsersAction[ArgumentParser]) -> None:
    parser = command(commands.add_parser("list", help="tickets, newest first"), _list)
    for name, kind in _TERMS.items():
        parser.add_argument(f"--{name}", choices=[term.value for term in kind if term.value])
    for name in ("unit", "matter", "territory", "phone", "search", "after", "since", "until"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--open", action="store_true", help="only what is still being worked on")
    parser.add_argument("--by-due", action="store_true", help="nearest resolve date first")
    parser.add_argument("--size", type=int, default=50)


def _register_files(commands: _SubParsersAction[ArgumentParser]) -> None:
    attach = command(commands.add_parser("attach", help="put files with a ticket, all or none (R3)"), _attach)
    files = command(commands.add_parser("files", help="the files of a ticket"), _files)
    save = command(commands.add_parser("save", help="write a file of a ticket out; overwrites nothing"), _save)
    for parser in (attach, files, save):
        parser.add_argument("number", help="ticket number, 12 digits")
    attach.add_argument("file", type=Path, nargs="+")
    save.add_argument("sha256", help="the checksum that `files` shows")
    save.add_argument("target", type=Path)
    for parser in (attach, files, save):
        _add_actor(parser)


def _register_move(commands: _SubParsersAction[ArgumentParser], row: Transition) -> None:
    parser = commands.add_parser(row.action.value, help=f"{row.meaning} {row.rules}".strip())
    command(parser, partial(_move, row.action))
    parser.add_argument("number", help="ticket number, 12 digits")
    parser.add_argument("--version", type=int, help="the version you saw: refused when somebody acted since")
    _add_options(parser, row.needs)
    _add_actor(parser)


def _add_options(parser: ArgumentParser, needs: tuple[Need, ...]) -> None:
    for need in needs:
        options = [f"--{need.name.replace('_', '-')}", *_SHORT.get(need.name, ())]
        text = need.label + ("" if need.required else "（可不填）")
        if need.read is flag:
            yes_no = BooleanOptionalAction
            parser.add_argument(*options, action=yes_no, default=None, help=text, dest=_dest(need))
        else:
            parser.add_argument(*options, help=text, dest=_dest(need))


def _dest(need: Need) -> str:
    return f"need_{need.name}"


def _add_actor(parser: ArgumentParser) -> None:
    parser.add_argument("--by", default="", help="who acts, as written into the history (default: this account)")
    parser.add_argument("--role", choices=[role.value for role in Role], help="acting as (default: who usually does)")
    parser.add_argument("--as-unit", default="", help="acting for this unit (default: the lead unit)")


def _actor(args: Namespace, action: Action, ticket: Ticket | None = None) -> Actor:
    who = args.by or f"cli:{getpass.getuser()}"
    usual = next((r for r in _NATURAL if action in TABLE and r in TABLE[action].who), Role.COUNTY_ADMIN)
    role = Role(args.role) if args.role else usual
    unit = args.as_unit or (ticket.lead_unit or "" if ticket and role in UNIT_ROLES else "")
    return Actor(who, role, unit)


def _given(args: Namespace, needs: tuple[Need, ...]) -> dict[str, Any]:
    return {need.name: value for need in needs if (value := getattr(args, _dest(need))) is not None}


def _new(args: Namespace, store: Store) -> int:
    values = gather(EDITS, _given(args, EDITS))
    channel = Channel(choice(Channel)("渠道", args.channel))
    submission = Submission(channel, now(), source_key=args.source_key, **values)
    with store.begin() as session:
        received = receive(session, submission, _actor(args, Action.CREATE), args.rules)
        if args.accept and not received.repeated:
            act(session, received.number, Action.ACCEPT, by=_actor(args, Action.ACCEPT), rules=args.rules)
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
    with store.reading() as session:
        names = unit_names(session)
        if args.search:
            page = search_tickets(session, args.search, size=args.size, after=args.after, unit=args.unit)
            count, exact = len(page.rows), page.after is None
        else:
            wanted = _wanted(args)
            page = list_tickets(session, wanted, size=args.size, after=args.after, by_due=args.by_due)
            count, exact = count_tickets(session, wanted)
    _on_record(args, store, Action.SEARCH if args.search else Action.READ, [row["number"] for row in page.rows])
    lines = [row_line(row, names) for row in page.rows]
    lines.append(f"共 {count}{'' if exact else '+'} 件" + (f"，下一页 --after {page.after}" if page.after else ""))
    told = {"tickets": list(page.rows), "after": page.after, "count": count, "exact": exact}
    return answer(args, told, lines)


def _show(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        ticket, names = get(session, args.number), unit_names(session)
    _on_record(args, store, Action.READ, [ticket.number])
    return answer(args, ticket_dict(ticket), ticket_lines(ticket, names))


def _on_record(args: Namespace, store: Store, action: Action, numbers: Sequence[str]) -> None:
    """Nothing is shown before it is on record who sees it: the account of the machine, whatever `--by` says."""
    with store.begin() as session:
        args.seen(session, action, numbers)


def _history(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        events = history(session, args.number)
    _on_record(args, store, Action.HISTORY, [args.number])
    return answer(args, {"number": args.number, "events": events}, map(event_line, events))


def _sweep(args: Namespace, store: Store) -> int:
    swept = sweep(store, rules=args.rules)
    told = {"checked": swept.checked, "told": swept.told}
    return answer(args, told, [f"检查 {swept.checked} 件：{swept.told or '无变化'}"])


def _move(action: Action, args: Namespace, store: Store) -> int:
    with store.begin() as session:
        by = _actor(args, action, get(session, args.number))
        needs = _given(args, TABLE[action].needs)
        ticket = act(session, args.number, action, by=by, version=args.version, rules=args.rules, **needs)
        names = unit_names(session)
    return answer(args, ticket_dict(ticket), ticket_lines(ticket, names))


def _opened(args: Namespace, session: Session, action: Action) -> tuple[Ticket, Actor]:
    """The ticket and who asks, when they may see its files. Raises NotFound, Forbidden."""
    ticket = get(session, args.number)
    by = _actor(args, action, ticket)
    require_part(ticket, by)
    if not may(by.role, action):
        raise Forbidden(f"{by.role.label}不能办理此项")
    require_files(ticket, by)
    return ticket, by


def _attach(args: Namespace, store: Store) -> int:
    if len(args.file) > Limits().files:
        raise Invalid("附件", f"最多{Limits().files}个")
    sent = [(path.name, _read(path)) for path in args.file]
    with store.begin() as session:
        _ticket, by = _opened(args, session, Action.ATTACH)
        kept = keep_attachment(session, args.number, sent, args.attachments, by=by, at=now())
    return _told_files(args, kept)


def _read(path: Path) -> bytes:
    most = Limits().size
    try:
        if not path.is_file():
            raise Invalid("附件", f"没有文件 {path}")
        with path.open("rb") as file:
            return file.read(most + 1)  # one more than is taken: the check tells that it is too large
    except OSError as error:
        raise Invalid("附件", f"无法读取 {path}（{error.strerror}）") from error


def _files(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        ticket, _by = _opened(args, session, Action.READ)
        found = attachments_of(session, ticket.id)
    _on_record(args, store, Action.READ, [ticket.number])
    return _told_files(args, found)


def _copy(source: Path, target: Path) -> None:
    """Copies a file, whole or not at all, over nothing. Raises Invalid."""
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".new-") as part:
            with source.open("rb") as kept:
                shutil.copyfileobj(kept, part)
            part.flush()
            os.link(part.name, target)  # unlike a rename it overwrites nothing
    except FileExistsError:
        raise Invalid("文件", f"{target} 已存在，不覆盖") from None
    except OSError as error:
        raise Invalid("文件", f"{target} 写不了（{error.strerror}）") from error


def _told_files(args: Namespace, files: list[Attachment]) -> int:
    lines = [f"{file.sha256}  {file.size}  {file.media_type}  {file.name}" for file in files]
    return answer(args, {"number": args.number, "files": [asdict(file) for file in files]}, lines)


def _save(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        ticket, _by = _opened(args, session, Action.READ)
        files = attachments_of(session, ticket.id)
    file = next((one for one in files if one.sha256 == args.sha256), None)
    if file is None:
        raise NotFound("没有这个附件")
    place = attachment_path(args.attachments, file)
    if not place.is_file():
        raise NotFound("附件的内容不在了，请查备份")
    _on_record(args, store, Action.READ, [ticket.number])
    _copy(place, args.target)
    return answer(args, asdict(file) | {"file": str(args.target)}, [f"已写 {args.target}（{file.size}字节）"])
