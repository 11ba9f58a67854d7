"""The command line. Every command is a module of its own, read only when it is the one asked for."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from hotline import places, running
from hotline.opening import opened, there
from hotline.record import on_record
from hotline.rules import rules
from hotline.settings import SettingsError, load
from store.engine import Store


@dataclass(frozen=True, slots=True)
class Command:
    """A command: `module` has `register(parser)` and the function `run`, called with settings and arguments."""

    name: str
    module: str
    help: str
    run: str = "run"
    register: str = "register"


COMMANDS: tuple[Command, ...] = (
    Command("up", "hotline.up", "start the hotline and keep it running"),
    Command("down", "hotline.up", "stop the hotline", "down", ""),
    Command("status", "hotline.status", "what runs, with versions, processes and ports"),
    Command("doctor", "hotline.doctor", "what is wrong and what to do"),
    Command("demo", "hotline.demo", "a citizen's call and a callback, step by step, on the running hotline"),
    Command("agents", "hotline.agents", "accounts, queues and pauses of the agents"),
    Command("calls", "hotline.calls", "the ledger: one row a visit"),
    Command("ledger", "hotline.ledger", "the proof that no call of a day was lost"),
    Command("missed", "hotline.missed", "callers who were not served, and calling them back"),
    Command("report", "hotline.reporting", "figures by quarter-hour, day, week or month; as text, JSON, CSV or xlsx"),
    Command("figures", "hotline.figuring", "figures of tickets by period, unit, matter, place; hot topics"),
    Command("ranking", "hotline.rankings", "the ranking of units: show, freeze, appeal, rule, publish"),
    Command("bulletin", "hotline.bulletins", "the bulletin of a month as xlsx, docx or a web page"),
    Command("staffing", "hotline.reporting", "how many agents each hour of the week needs", "run_staffing",
            "register_staffing"),
    Command("ticket", "tickets.cli", "tickets: register, list, and every step of their life"),
    Command("deadline", "tickets.cli", "due dates, and why"),
    Command("calendar", "tickets.cli", "the calendar of working days"),
    Command("units", "tickets.cli", "units, places, matters and duties"),
    Command("knowledge", "tickets.cli", "the knowledge base: articles by version, search, import, export"),
    Command("survey", "hotline.surveys", "call a citizen back about a ticket; show the answers"),
    Command("questionnaire", "hotline.questionnaires", "what callbacks, ratings and polls ask; add a version"),
    Command("callbacks", "hotline.callbacks", "the run of callbacks: list, show, run, pause, resume, cancel, figures"),
    Command("messages", "hotline.message_commands", "messages in and out: SMS, mail, fax, apps; how soon answered"),
    Command("prompts", "hotline.prompts", "the sounds: make, check, replace, list"),
    Command("speech", "hotline.speech", "the recogniser: install a model, hear a file, measure it"),
    Command("citizens", "hotline.citizens", "numbers of elderly citizens, who skip the menu"),
    Command("accounts", "console.cli", "who may use the console and the REST interface; tokens"),
    Command("webhooks", "hotline.webhooks", "programs that are told of alerts and calls; what was delivered, again"),
    Command("settings", "hotline.showing", "every setting with its value, default and meaning"),
    Command("db", "hotline.database", "create, migrate, back up, restore or export the database"),
    Command("serve", "hotline.service", "", "run", ""),
    Command("supervise", "hotline.up", "", "supervise", "register_supervise"),
)


_TICKETS = "tickets.cli"
# Errors of these packages are written for people; any other is a fault of ours.
_OURS = (
    "hotline", "tickets", "figures", "speech", "asterisk_conf", "callback_survey", "telephony", "callqueue", "console",
    "store", "channels",
)


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line, and takes no option by half its name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_abbrev=False, **kwargs)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """The command itself refuses what it does not know, so that its own --help is named."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {' '.join(message.split())}; see {self.prog} --help\n")


def parser(asked: str) -> argparse.ArgumentParser:
    """The parser of all commands; only the one that is `asked` for knows its arguments."""
    top = Parser(prog="hotline", description="A 12345 hotline around Asterisk.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    ours = next((command.module for command in COMMANDS if command.name == asked), "")
    if ours == _TICKETS:  # one module adds several commands
        importlib.import_module(_TICKETS).register(commands)
    for command in COMMANDS:
        if command.module == ours == _TICKETS:
            continue
        hidden = not command.help
        own = commands.add_parser(command.name) if hidden else commands.add_parser(
            command.name, help=command.help, description=command.help
        )
        if command.name == asked and command.register:
            getattr(importlib.import_module(command.module), command.register)(own)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 something is wrong, 2 wrong arguments, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return _run(words)
    except KeyboardInterrupt:
        return _said("interrupted", 130)
    except BrokenPipeError:
        # The reader has gone (`| head`); nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # the edge of the program: one line for a person, the traceback when asked for
        if os.environ.get("HOTLINE_DEBUG") == "1":
            traceback.print_exc()
        return _said(_told(error), 2 if isinstance(error, SettingsError) else 1)


def _run(words: list[str]) -> int:
    asked = next((word for word in words if not word.startswith("-")), "")
    arguments = parser(asked).parse_args(words)
    command = next(command for command in COMMANDS if command.name == arguments.command)
    settings = load()
    if command.module == _TICKETS:
        settings = running.settings_in_force(settings)
        arguments.rules = rules(settings)
        arguments.attachments = settings.home / places.ATTACHMENTS
        arguments.seen = on_record
        # The shipped calendar answers before there is a database.
        store = Store("sqlite://") if command.name == "deadline" and not there(settings) else opened(settings)
        try:
            return int(arguments.handler(arguments, store))
        finally:
            store.close()
    return int(getattr(importlib.import_module(command.module), command.run)(settings, arguments))


def _said(text: str, code: int) -> int:
    print(f"hotline: {text}", file=sys.stderr)
    return code


def _told(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if type(error).__module__.partition(".")[0] in _OURS:
        return text
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    if type(error).__module__.startswith("sqlalchemy"):
        return f"the database cannot be used: {text.split('[SQL')[0].strip()}"
    return f"{type(error).__name__}: {text} (HOTLINE_DEBUG=1 shows where)"


if __name__ == "__main__":
    sys.exit(main())
