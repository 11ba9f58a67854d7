"""`hotline ticket attach|files|save`: the files of a ticket (R3)."""

from __future__ import annotations

import os
import shutil
import tempfile
from argparse import ArgumentParser, Namespace, _SubParsersAction
from dataclasses import asdict
from pathlib import Path

from sqlalchemy.orm import Session

from store.base import now
from store.engine import Store
from tickets.access import Action, Actor, may
from tickets.attachments import Attachment, Limits, attachment_path, attachments_of, keep_attachment
from tickets.cli_actor import actor_of, add_actor, on_record
from tickets.cli_output import answer, command
from tickets.errors import Forbidden, Invalid, NotFound
from tickets.masking import require_files, require_part
from tickets.service import get
from tickets.ticket import Ticket


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    """Adds the commands of a ticket's files."""
    attach = command(commands.add_parser("attach", help="put files with a ticket, all or none (R3)"), _attach)
    files = command(commands.add_parser("files", help="the files of a ticket"), _files)
    save = command(commands.add_parser("save", help="write a file of a ticket out; overwrites nothing"), _save)
    for parser in (attach, files, save):
        parser.add_argument("number", help="ticket number, 12 digits")
    attach.add_argument("file", type=Path, nargs="+")
    save.add_argument("sha256", help="the checksum that `files` shows")
    save.add_argument("target", type=Path)
    for parser in (attach, files, save):
        add_actor(parser)


def _opened(args: Namespace, session: Session, action: Action) -> tuple[Ticket, Actor]:
    """The ticket and who asks, when they may see its files. Raises NotFound, Forbidden."""
    ticket = get(session, args.number)
    by = actor_of(args, action, ticket)
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
    on_record(args, store, Action.READ, [ticket.number])
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
    on_record(args, store, Action.READ, [ticket.number])
    _copy(place, args.target)
    return answer(args, asdict(file) | {"file": str(args.target)}, [f"已写 {args.target}（{file.size}字节）"])
