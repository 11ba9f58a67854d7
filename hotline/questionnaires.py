"""`hotline questionnaire`: what is asked in callbacks, ratings and polls; a changed text is a new version."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from callback_survey import versions
from callback_survey.faults import sound
from callback_survey.questionnaire import Questionnaire
from hotline import opening, places, prepare, running
from hotline.errors import HotlineError
from hotline.settings import Settings
from speech import make, voices


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="{list,show,check,add}")
    listed = actions.add_parser("list", help="every version of every questionnaire, and which is in force")
    shown = actions.add_parser("show", help="a questionnaire; without --json its text, to be edited and added")
    shown.add_argument("name", help="as `list` names it")
    shown.add_argument("--version", default="", help="default: the one in force")
    checked = actions.add_parser("check", help="whether a text can be asked")
    added = actions.add_parser("add", help="put a text in force, as the next version of its questionnaire")
    for action in (checked, added):
        action.add_argument("file", type=Path, metavar="FILE", help="TOML, as `show` prints it; - is standard input")
    added.add_argument("--voice", help="speaks sentences that have no sound yet: a Kokoro voice, or espeak")
    added.add_argument("--voices", type=Path, default=Path("voices"), help="folder of the Kokoro voice files")
    for action in (listed, shown, checked, added):
        action.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, arguments: Namespace) -> int:
    if arguments.action == "check":
        return _said(sound(_read(arguments.file)), arguments, "can be asked")
    settings = running.settings_in_force(settings)
    with opening.session(settings) as session:
        if arguments.action == "list":
            return _list(versions.listed(session), arguments)
        if arguments.action == "add":
            text = _read(arguments.file)
            _speak(settings, sound(text), arguments)
            made = versions.add(session, text)
            return _said(made, arguments, f"is in force as version {made.version} within half a minute")
        made = versions.by_version(session, arguments.name, arguments.version)
    print(_json(versions.shown(made)) if arguments.json else made.text, end="\n" if arguments.json else "")
    return 0


def _speak(settings: Settings, made: Questionnaire, arguments: Namespace) -> None:
    """Returns when every sentence has a sound. Raises HotlineError, SpeechError."""
    overrides = settings.home / places.OVERRIDES
    spoken = make.seconds(overrides=overrides)
    silent = {key: words for key, words in made.wordings.items() if key not in spoken}
    if not silent:
        return
    if not arguments.voice:
        missing = "; ".join(f"{key} {words}" for key, words in silent.items())
        raise HotlineError(f"no sound yet for: {missing}: give --voice, or `hotline prompts replace ID FILE` for each")
    say = voices.voice(arguments.voice, arguments.voices)
    for words in silent.values():
        make.speak_wording(words, overrides, say)
    if running.parts(settings):
        prepare.prompts(settings)


def _read(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise HotlineError(f"{file} is not UTF-8") from None


def _said(made: Questionnaire, arguments: Namespace, what: str) -> int:
    print(_json(versions.shown(made)) if arguments.json else f"{made.name} ({made.title}) {what}")
    return 0


def _list(rows: list[dict[str, Any]], arguments: Namespace) -> int:
    if arguments.json:
        print(_json(rows))
        return 0
    for row in rows:
        mark = "in force" if row["in_force"] else ""
        whose = "own" if row["own"] else "shipped"
        print(f"{row['name']:<12} {row['version']:<8} {mark:<9} {whose:<8} {row['added_at']}")
    return 0


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
