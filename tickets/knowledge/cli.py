"""`hotline knowledge ...`: articles listed, read, found, written, loaded and taken out."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser, Namespace, _SubParsersAction
from dataclasses import asdict
from pathlib import Path
from typing import Any

from store.base import now
from store.engine import Store
from tickets.access import Actor, Role
from tickets.cli_output import answer, command
from tickets.errors import Invalid
from tickets.knowledge import articles, sheet
from tickets.knowledge.articles import FIELDS, Article
from tickets.knowledge.expiry import expiring
from tickets.knowledge.links import answered_from
from tickets.knowledge.listing import Chosen, everything, listed
from tickets.knowledge.search import find
from tickets.knowledge.terms import ArticleState


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    """Adds `hotline knowledge`."""
    knowledge = subparsers.add_parser("knowledge", help="the knowledge base: articles, search, import, export")
    commands = knowledge.add_subparsers(dest="knowledge_command", required=True)
    _reading(commands)
    for name, handler, help_text in (
        ("add", _add, "write an article; a draft unless --state says otherwise"),
        ("edit", _edit, "write an article's next version: what is not given stays"),
    ):
        parser = command(commands.add_parser(name, help=help_text), handler)
        _written(parser, name == "edit")
    load = command(commands.add_parser("import", help="load a table (.xlsx or .csv), all or nothing"), _import)
    load.add_argument("file", type=Path)
    export = command(commands.add_parser("export", help="every article in its newest version, as .xlsx"), _export)
    export.add_argument("file", type=Path)
    command(commands.add_parser("start", help="put in the articles the package brings"), _start)


def _reading(commands: _SubParsersAction[ArgumentParser]) -> None:
    several = command(commands.add_parser("list", help="articles, the newest first"), _list)
    several.add_argument("--state", choices=[state.value for state in ArticleState])
    for name in ("unit", "matter", "after"):
        several.add_argument(f"--{name}", default="")
    several.add_argument("--size", type=int, default=50)
    command(commands.add_parser("expiring", help="what runs out soon, or has run out"), _expiring)
    show = command(commands.add_parser("show", help="one article, with its versions"), _show)
    show.add_argument("code")
    show.add_argument("--version", type=int, help="default: the newest")
    search = command(commands.add_parser("search", help="what is in force, by words, the best first"), _search)
    search.add_argument("words")
    search.add_argument("--size", type=int, default=20)


def _written(parser: ArgumentParser, known: bool) -> None:
    if known:
        parser.add_argument("code")
        parser.add_argument("--version", type=int, help="the version you saw: refused when somebody edited since")
    else:
        parser.add_argument("--code", default="", help="default: given by the hotline")
    for need in FIELDS:
        if need.name == "state":
            parser.add_argument("--state", choices=[state.value for state in ArticleState])
        elif need.name != "text":
            required = need.required and not known
            parser.add_argument(f"--{need.name.replace('_', '-')}", help=need.label, required=required)
    parser.add_argument("--text", help="the text; or --file")
    parser.add_argument("--file", type=Path, help="a file with the text (UTF-8)")


def _by() -> Actor:
    return Actor(f"cli:{getpass.getuser()}", Role.COUNTY_ADMIN)


def _given(args: Namespace) -> dict[str, Any]:
    given = {need.name: getattr(args, need.name) for need in FIELDS}
    if args.file is not None:
        if args.text is not None:
            raise Invalid("正文", "--text 和 --file 只能用一个")
        try:
            given["text"] = args.file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid("正文", f"无法读取（{error}）") from None
    return {name: value for name, value in given.items() if value is not None}


def _line(one: Article) -> str:
    until = f"  至{one.valid_until}" if one.valid_until else ""
    return f"{one.code}  第{one.version}版  {one.state.label}{until}  {one.title}"


def _told(one: Article) -> dict[str, Any]:
    return asdict(one)


def _list(args: Namespace, store: Store) -> int:
    state = ArticleState(args.state) if args.state else None
    with store.reading() as session:
        page = listed(session, Chosen(state, args.unit, args.matter), by=_by(), size=args.size, after=args.after)
    more = [f"还有更多：--after {page.after}"] if page.after else []
    told = {"articles": [_told(one) for one in page.rows], "next": page.after}
    return answer(args, told, [*map(_line, page.rows), *more] if page.rows else ["没有条目"])


def _expiring(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        found = expiring(session)
    lines = [f"{_line(one)}  {one.expiry.label}" for one in found]
    return answer(args, {"articles": [_told(one) for one in found]}, lines or ["没有快要到期的条目"])


def _show(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        one = articles.get(session, args.code, args.version, by=_by())
        known = articles.versions(session, args.code, by=_by())
        count, _newest = answered_from(session, args.code)
    told = _told(one) | {"versions": [{"version": v.version, "state": v.state, "author": v.author, "at": v.at}
                                      for v in known], "answered": count}  # fmt: skip
    lines = [_line(one), f"  依据 {one.source}", one.text, f"  共{len(known)}版，依据它答复过{count}件"]
    return answer(args, told, lines)


def _search(args: Namespace, store: Store) -> int:
    with store.reading() as session:
        found = find(session, args.words, today=now().date(), most=args.size)
    lines = [] if found.whole or not found.hits else ["没有同时含有全部字词的条目，以下部分相符："]
    for hit in found.hits:
        lines += [f"{hit.ref}  {hit.title}  （{hit.source}）", "    " + "".join(text for text, _is in hit.snippet)]
    return answer(args, {"hits": [asdict(hit) for hit in found.hits], "whole": found.whole}, lines or ["没有找到"])


def _add(args: Namespace, store: Store) -> int:
    with store.begin() as session:
        made = articles.add(session, _given(args), by=_by(), at=now(), code=args.code)
    return answer(args, _told(made), [_line(made)])


def _edit(args: Namespace, store: Store) -> int:
    with store.begin() as session:
        made = articles.edit(session, args.code, _given(args), by=_by(), at=now(), version=args.version)
    return answer(args, _told(made), [_line(made)])


def _import(args: Namespace, store: Store) -> int:
    with store.begin() as session:
        done = sheet.load(session, args.file, by=_by(), at=now())
    return answer(args, asdict(done), [f"新增{done.added}条，新版本{done.changed}条，未变{done.same}条"])


def _export(args: Namespace, store: Store) -> int:
    if args.file.suffix.lower() != ".xlsx":
        raise Invalid("文件", "只写 .xlsx")
    with store.reading() as session:
        found = everything(session)
    args.file.write_bytes(sheet.written(found))
    return answer(args, {"articles": len(found), "file": str(args.file)}, [f"已写{len(found)}条"])


def _start(args: Namespace, store: Store) -> int:
    with store.begin() as session:
        done = sheet.start(session, by=_by(), at=now())
    return answer(args, asdict(done), [f"新增{done.added}条，已有{done.same}条"])
