"""`hotline bulletin`: the bulletin of a month (R43, R44), as a workbook, a document or a web page of one file."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from console import bulletin_page
from figures.bulletin import Bulletin, bulletin
from figures.bulletin_files import docx, xlsx
from figures.spans import Period, whole
from hotline import opening, running
from hotline.errors import HotlineError
from hotline.settings import Settings
from store.base import now

FORMATS = ("xlsx", "docx", "html")


def register(parser: ArgumentParser) -> None:
    parser.add_argument("--month", metavar="YYYY-MM", help="default: the last month that is over")
    parser.add_argument("--format", choices=FORMATS, help="default: by the file's name, else xlsx")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: bulletin-YYYY-MM.FORMAT here")
    parser.add_argument("--json", action="store_true", help="print it as JSON and write no file")


def run(settings: Settings, arguments: Namespace) -> int:
    settings = running.settings_in_force(settings)
    today = now().date()
    last = whole(Period.MONTH, today).since - timedelta(days=1)
    with opening.reading(settings) as session:
        found = bulletin(session, arguments.month or f"{last:%Y-%m}", today)
    if arguments.json:
        print(json.dumps(asdict(found) | {"made": found.made.isoformat()}, ensure_ascii=False, indent=1))
        return 0
    form = arguments.format or _of_name(arguments.out)
    file = arguments.out or Path(f"bulletin-{found.month}.{form}")
    file.write_bytes(_made(found, form))
    print(file)
    return 0


def _of_name(file: Path | None) -> str:
    form = file.suffix[1:] if file else FORMATS[0]
    if form not in FORMATS:
        raise HotlineError(f"{file} ends with none of .{', .'.join(FORMATS)}: give --format")
    return form


def _made(found: Bulletin, form: str) -> bytes:
    if form == "xlsx":
        return xlsx(found)
    return docx(found) if form == "docx" else bulletin_page.whole(found)
