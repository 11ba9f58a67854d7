"""`hotline prompts`: make, check, replace and list the sounds."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from pydub import AudioSegment

from hotline import opening, places, prepare, running
from hotline.errors import HotlineError
from hotline.settings import Settings
from speech import make, voices
from speech.catalogue import load, unit_prompt
from tickets.units import all_units


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="{build,check,replace,list,units}")
    build = actions.add_parser("build", help="speak with a synthetic voice what has changed its wording or voice")
    build.add_argument("--voice", default=voices.BEST, help="a Kokoro voice, or espeak; default: %(default)s")
    build.add_argument("--voices", type=Path, default=Path("voices"), help="folder of the Kokoro voice files")
    check = actions.add_parser("check", help="whether every sound is there and right")
    replace = actions.add_parser("replace", help="speak a prompt with a recording of your own")
    replace.add_argument("id", help="the prompt, as `list` names it, or a unit's name")
    replace.add_argument("recording", type=Path, metavar="FILE", help="a WAV file of any rate")
    shown = actions.add_parser("list", help="every prompt: id, seconds, wording")
    units = actions.add_parser("units", help="which units' names can be spoken; with --voice: speak those that cannot")
    units.add_argument("--voice", help="a Kokoro voice, or espeak")
    units.add_argument("--voices", type=Path, default=Path("voices"), help="folder of the Kokoro voice files")
    for action in (check, shown, units):
        action.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, arguments: Namespace) -> int:
    overrides = settings.home / places.OVERRIDES
    actions = {"build": _build, "check": _check, "replace": _replace, "list": _list, "units": _units}
    return actions[arguments.action](settings, overrides, arguments)


def _build(settings: Settings, overrides: Path, arguments: Namespace) -> int:
    say = voices.voice(arguments.voice, arguments.voices)

    def aloud(text: str, pace: float) -> AudioSegment:
        spoken = say(text, pace)
        print(text, file=sys.stderr, flush=True)  # a voice may take a second a sentence
        return spoken

    made = make.build(make.SOUNDS, arguments.voice, aloud)
    print(f"{len(made)} made")
    _install(settings, overrides)
    return 0


def _check(settings: Settings, overrides: Path, arguments: Namespace) -> int:
    problems = make.check(overrides=overrides)
    if arguments.json:
        print(json.dumps([{"prompt": problem.prompt, "what": problem.what} for problem in problems], indent=1))
    else:
        print("\n".join(f"{problem.prompt}: {problem.what}" for problem in problems) or "every sound is right")
    return 1 if problems else 0


def _replace(settings: Settings, overrides: Path, arguments: Namespace) -> int:
    if not arguments.recording.is_file():
        raise HotlineError(f"{arguments.recording} is not a file")
    unit = arguments.id not in load() and opening.there(settings) and arguments.id in _names(settings)
    made = make.replace(unit_prompt(arguments.id) if unit else arguments.id, arguments.recording, overrides)
    print(f"{arguments.id} is now spoken by {made}")
    _install(settings, overrides)
    return 0


def _units(settings: Settings, overrides: Path, arguments: Namespace) -> int:
    """What the progress query says of who is at work on a ticket."""
    names = _names(settings)
    spoken = make.seconds(overrides=overrides)
    silent = [name for name in names if unit_prompt(name) not in spoken]
    if arguments.voice and silent:
        say = voices.voice(arguments.voice, arguments.voices)
        for name in silent:
            make.speak_unit(name, overrides, say)
            print(f"{name} made", file=sys.stderr)
        _install(settings, overrides)
        spoken = make.seconds(overrides=overrides)
    rows = [
        {"unit": name, "id": unit_prompt(name), "seconds": spoken.get(unit_prompt(name)),
         "own": make.wav(overrides, unit_prompt(name)).exists()}
        for name in names
    ]
    if arguments.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return 0
    for row in rows:
        seconds = "not spoken" if row["seconds"] is None else f"{row['seconds']:5.1f} s"
        print(f"{seconds:>10}{' own' if row['own'] else '    '} {row['unit']}")
    return 0


def _names(settings: Settings) -> list[str]:
    with opening.reading(settings) as session:
        return [unit.name for unit in all_units(session)]


def _install(settings: Settings, overrides: Path) -> None:
    """A running hotline speaks the new sound from the next time it is played."""
    if running.parts(settings):
        prepare.prompts(settings)


def _list(settings: Settings, overrides: Path, arguments: Namespace) -> int:
    lengths = make.seconds(overrides=overrides)
    rows = [
        {"id": prompt.id, "seconds": lengths.get(prompt.id), "text": prompt.text, "meaning": prompt.meaning,
         "own": make.wav(overrides, prompt.id).exists()}
        for prompt in load().values()
    ]
    if arguments.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return 0
    for row in rows:
        seconds = "missing" if row["seconds"] is None else f"{row['seconds']:5.1f} s"
        print(f"{row['id']:<26} {seconds:>8}{' own' if row['own'] else '    '} {row['text'] or row['meaning']}")
    return 0
