"""`hotline speech`: install a model, hear a file, measure a model on recordings of one's own."""

from __future__ import annotations

import json
import shutil
from argparse import ArgumentParser, Namespace
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from callback_survey import transcripts
from callback_survey.spoken import questions
from hotline import opening, places
from hotline.settings import Settings
from speech import install, recordings, transcribe
from speech.pool import Pool
from speech.recognise import SHIPPED, Recogniser


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="{install,check,measure,transcribe}")
    new = actions.add_parser("install", help="take another vosk model: a folder, a zip file or its address")
    new.add_argument("model", metavar="PATH-or-URL")
    new.add_argument("--sha256", default="", help="the sum that the zip file must have")
    check = actions.add_parser("check", help="what is heard in a sound file")
    check.add_argument("file", type=Path, metavar="FILE")
    check.add_argument("--question", required=True, choices=sorted(questions()), metavar="QUESTION",
                       help=", ".join(questions()))
    measure = actions.add_parser("measure", help="how much is heard rightly of recordings of your own")
    measure.add_argument("folder", type=Path, metavar="FOLDER",
                         help="with answers.csv: columns file, question, value (empty: no answer to it)")
    spoken = actions.add_parser("transcribe", help="the words of a recording; without one, of all recorded reasons")
    spoken.add_argument("file", type=Path, nargs="?", metavar="FILE")
    for action in (check, measure, spoken):
        action.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, arguments: Namespace) -> int:
    does = {"install": _install, "check": _check, "measure": _measure, "transcribe": _transcribe}
    return does[arguments.action](settings, arguments)


def model(settings: Settings) -> Path:
    """The folder of the model in force: the setting's, else the one installed, else the shipped one."""
    installed = settings.home / places.SPEECH_MODEL
    return Path(settings.speech_model) if settings.speech_model else installed if installed.exists() else SHIPPED


def recogniser(settings: Settings) -> Recogniser:
    """The recogniser in force, in this process. Raises SpeechError when its model does not open."""
    return Recogniser(model(settings), settings.speech_threshold / 100)


def pool(settings: Settings) -> Pool:
    """The recogniser in force, in processes of its own; not started yet."""
    return Pool(model(settings), settings.speech_processes, settings.speech_waiting, settings.speech_threshold / 100)


def _install(settings: Settings, arguments: Namespace) -> int:
    target = settings.home / places.SPEECH_MODEL
    fresh = target.with_name(f"{target.name}.new")
    try:
        install.fetch(arguments.model, fresh, arguments.sha256)
        unknown = _unknown(Recogniser(fresh))
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    print(f"{target} is the model from the next start")
    if unknown:
        print(f"it cannot hear: {' '.join(unknown)}")
    return 0


def _unknown(opened: Recogniser) -> list[str]:
    return [phrase for words in questions().values() for phrase in opened.unknown(words)]


def unheard(settings: Settings) -> list[str]:
    """The phrases asked for that the model in force cannot hear. Raises SpeechError when it does not open."""
    return _unknown(recogniser(settings))


def _check(settings: Settings, arguments: Namespace) -> int:
    heard = recogniser(settings).hear(recordings.samples(arguments.file), questions()[arguments.question])
    if arguments.json:
        print(json.dumps(asdict(heard), ensure_ascii=False))
    else:
        print(f"{heard.text or 'nothing'}: {heard.value or 'not sure'} ({heard.confidence:.2f})")
    return 0


def _measure(settings: Settings, arguments: Namespace) -> int:
    opened = recogniser(settings)
    rows: dict[str, dict[str, int]] = {}
    for given in recordings.listed(arguments.folder, questions()):
        heard = opened.hear(recordings.samples(given.path), questions()[given.question]).value
        row = rows.setdefault(given.question, dict.fromkeys(("recordings", "right", "not_sure", "wrong"), 0))
        row["recordings"] += 1
        row["right" if heard == given.value else "not_sure" if heard is None else "wrong"] += 1
    if arguments.json:
        print(json.dumps(rows, indent=1))
    else:
        print(f"{'question':<12} {'recordings':>10} {'right':>6} {'not sure':>9} {'wrong':>6}")
        for question, row in rows.items():
            print(f"{question:<12} {row['recordings']:>10} {row['right']:>6} {row['not_sure']:>9} {row['wrong']:>6}")
    return 0


def _transcribe(settings: Settings, arguments: Namespace) -> int:
    whisper = transcribe.Whisper(settings.home / places.WHISPER)
    if arguments.file:
        words = whisper(arguments.file)
        print(json.dumps({"text": words}, ensure_ascii=False) if arguments.json else words)
        return 0
    with closing(opening.opened(settings)) as store:
        count = transcripts.write(store, settings.home / places.RECORDINGS, whisper)
    print(json.dumps({"transcribed": count}) if arguments.json else f"{count} recorded reasons transcribed")
    return 0
