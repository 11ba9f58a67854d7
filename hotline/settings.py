"""The one table of settings: environment over `hotline.toml` in the home folder over default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hotline import checks
from hotline.errors import HotlineError

# Read elsewhere: where the settings are, how errors are shown. HOTLINE_TEST_... belongs to the tests.
_OTHERS = frozenset({"HOTLINE_HOME", "HOTLINE_DEBUG"})


class SettingsError(HotlineError):
    """A setting has a value that cannot be used."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: `name` in the file, `HOTLINE_<NAME>` in the environment. `least` and `most` bound a number."""

    name: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 1_000_000

    @property
    def variable(self) -> str:
        return "HOTLINE_" + self.name.upper()


TABLE: tuple[Setting, ...] = (
    Setting("bind", "127.0.0.1", "address that SIP, HTTP and RTP are bound to"),
    Setting("external_address", "", "address that SIP peers outside the local network see (behind NAT)"),
    Setting("sip_port", 5060, "SIP port, UDP and TCP"),
    Setting("http_port", 8080, "console and REST port"),
    Setting("agi_port", 4573, "FastAGI port (loopback only)"),
    Setting("ami_port", 5038, "AMI port (loopback only)"),
    Setting("metrics_port", 8088, "port of Asterisk's own Prometheus metrics (loopback only)"),
    Setting("rtp_start", 10000, "first RTP port"),
    Setting("rtp_end", 12000, "last RTP port"),
    Setting("database_url", "", "SQLAlchemy URL; empty: SQLite in the home folder"),
    Setting("asterisk_root", "", "folder of the private Asterisk copy; empty: `asterisk` in the home folder"),
    Setting("asterisk", "auto", "which Asterisk: an installed one if there is, or always the private copy",
            ("auto", "private")),
    Setting("trunk_peer", "", "the carrier's SIP peer, host:port; empty: practice mode, outgoing calls ring the "
            "practice phone `citizen`"),
    Setting("trunk_match", "", "addresses the carrier calls from, comma-separated; empty: the host of trunk_peer"),
    Setting("emergency_peer", "", "SIP peer of the 110/119/120/122 desks, host:port; empty: the caller is told "
            "which number to dial and goes to an agent"),
    Setting("emergency_ring_seconds", 15, "how long an emergency desk may ring", least=1),
    Setting("agi_mode", "fastagi", "how flows run: FastAGI server or classic AGI scripts", ("fastagi", "script")),
    Setting("agi_connections", 500, "FastAGI sessions at once; more are refused and served by the fallback", least=1),
    Setting("menu_mode", "menu", "greeting with menu, or greeting and straight to an agent", ("menu", "agent_first")),
    Setting("open_hours", "00:00-24:00", "opening hours: `HH:MM-HH:MM`, several separated by commas, each with "
            "optional days before it, as `Mon-Fri 08:30-12:00`"),
    Setting("closed_on_holidays", False, "closed on public holidays (make-up working days are open)"),
    Setting("record_calls", True, "calls with agents are recorded, and callers told so"),
    Setting("alert_waiting", 5, "supervisors are alerted when more callers than this wait in one queue"),
    Setting("alert_seconds", 60, "supervisors are alerted when a caller has waited longer than this"),
    Setting("alert_rate", 95, "supervisors are alerted when less than this percentage of calls were answered in 24 h",
            most=100),
    Setting("rating", True, "callers are asked to rate after the agent hangs up"),
    Setting("agents", 8, "number of agents, numbered from 8001", least=1, most=99),
    Setting("supervisors", 2, "number of supervisors' telephones, numbered from 8101", most=99),
    Setting("queue_strategy", "rrmemory", "Asterisk queue strategy; leastrecent and fewestcalls ring an agent who does "
            "not answer again and again before the next one",
            ("ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "linear")),
    Setting("agent_ring_seconds", 15, "how long one agent rings before the next is tried", least=1),
    Setting("wrapup_seconds", 15, "time an agent has after a call before the next"),
    Setting("queue_max_wait", 300, "seconds a caller waits at most before the overflow", least=1),
    Setting("queue_max_length", 50, "callers waiting at most in one queue before the overflow", least=1),
    Setting("queue_overflow", "voicemail", "what an overflowed caller gets", ("voicemail", "callback")),
    Setting("queue_announce_seconds", 30, "seconds between position announcements"),
    Setting("voicemail_seconds", 120, "longest voicemail", least=1),
    Setting("survey_ring_seconds", 30, "how long a callback rings", least=1),
    Setting("survey_speech", True, "callbacks and ratings are answered by voice or key; no: by key alone"),
    Setting("kept_again_seconds", 60, "after so long a citizen who keeps a place in the queue is called once more"),
    Setting("missed_from_hour", 8, "hour from which callers who were missed may be called back", most=23),
    Setting("missed_until_hour", 21, "hour until which they may be called back", least=1, most=24),
    Setting("missed_attempts", 3, "how often such a citizen is called at most", least=1, most=20),
    Setting("missed_retry_minutes", 60, "minutes between two such calls", least=1),
    Setting("missed_expiry_hours", 48, "hours after which nobody is called back any more", least=1),
    Setting("callbacks", True, "reviewed tickets are called back by themselves, within the calling hours"),
    Setting("callback_hours", "09:00-12:00,14:30-20:00", "calling hours of callbacks: `HH:MM-HH:MM`, several separated "
            "by commas"),
    Setting("callback_holidays", False, "callbacks also on days off (weekends but for make-up days, holidays)"),
    Setting("callback_attempts", 3, "calls a citizen gets at most about a ticket", least=1, most=10),
    Setting("callback_minutes", 180, "between the first call and the second; each further time is four times the one "
            "before, at another part of the day", least=1, most=10_080),
    Setting("check_share", 10, "per cent of what units say each day (citizens contacted, called back by themselves) "
            "that is drawn for the office to check with the citizen; 0: none", most=100),
    Setting("amd", True, "callbacks hang up on answering machines, announcements and tones; costs up to two seconds"),
    Setting("callback_rate", 2, "callbacks begun in a second, over all machines", least=1, most=100),
    Setting("public_url", "", "address of this service as citizens reach it, as https://12345.example; empty: no short "
            "message with a link is sent, and a person calls whom the run could not reach"),
    Setting("sms_url", "", "gateway of short messages, which takes a POST of JSON with `to` and `text`; empty: they "
            "are written to sms.jsonl in the home folder"),
    Setting("sms_token", "", "Bearer token for the gateway"),
    Setting("sms_in_folder", "", "folder, in the home folder or elsewhere, into which a gateway writes short messages "
            "that come, as .json; empty: they come by REST alone"),
    Setting("mail_imap", "", "mailbox of the hotline alone, as imaps://mail.example/INBOX; empty: no mail is read"),
    Setting("mail_smtp", "", "where answers are sent, as smtps://mail.example or smtp://mail.example:587 (STARTTLS)"),
    Setting("mail_user", "", "user name for both"),
    Setting("mail_password", "", "password for both"),
    Setting("mail_address", "", "address of the hotline, as 12345@county.example"),
    Setting("mail_ca", "", "file (PEM) of authorities that may sign the mail servers, besides the system's"),
    Setting("mail_seconds", 60, "seconds between two looks into the mailbox", least=5, most=3600),
    Setting("fax_number", "", "number that the carrier sends for faxes, digits; empty: no fax is taken"),
    Setting("trunk_channels", 30, "channels of the trunk, which callbacks and inbound callers share", least=1),
    Setting("inbound_channels", 10, "of them always left to inbound callers"),
    Setting("speech_model", "", "folder of the recogniser's vosk model; empty: the installed, else the shipped one"),
    Setting("speech_processes", 2, "processes that recognise speech, each with the model", least=1, most=64),
    Setting("speech_waiting", 30, "utterances that may wait for the recogniser; more are asked by key"),
    Setting("speech_threshold", 90, "per cent of confidence below which an answer by voice is asked again", most=100),
    Setting("fast_contact", 1, "working days to contact the citizen on the fast track", least=1, most=2),
    Setting("fast_resolve", 5, "working days to resolve a ticket on the fast track", least=1, most=15),
    Setting("extension_most", 15, "working days that one extension may add", least=1),
    Setting("extension_count", 1, "how often a ticket's term may be extended"),
    Setting("warn_long", 3, "yellow on so many last working days of a term longer than five", least=1),
    Setting("warn_short", 1, "yellow on so many last working days of any other term", least=1),
    Setting("repeat_count", 3, "so many complaints of one citizen about one matter go to key supervision", least=2),
    Setting("ranking_weights", "on_time:40,solved:25,satisfied:25,signed:10", "what the ranking of units weighs, "
            "`NAME:WEIGHT` separated by commas: on_time, solved, satisfied, signed"),
    Setting("ranking_least", 5, "a unit is ranked when each weighed share is of so many tickets at least", least=1),
    Setting("ranking_tiers", "kind", "units are ranked among their like: by kind (towns, departments), by size, or all "
            "together", ("kind", "size", "none")),
    Setting("ranking_large", 100, "a unit is large from so many tickets due in the period", least=1),
    Setting("ranking_middle", 20, "and of middle size from so many", least=1),
    Setting("ranking_appeal_days", 5, "working days in which a unit may appeal against a frozen ranking", least=1,
            most=60),
    Setting("session_idle_minutes", 30, "a log-in to the pages ends after so many minutes without a request", least=5,
            most=720),
    Setting("session_hours", 12, "a log-in to the pages ends after so many hours in any case", least=1, most=72),
    Setting("second_factor", "optional", "whether every account needs a second factor (TOTP), or may have one",
            ("optional", "required")),
    Setting("knowledge_expiry_days", 30, "days before an article of the knowledge base runs out on which the office is "
            "told", least=1, most=365),
    Setting("repeat_days", 90, "within how many days they count", least=1),
)


@dataclass(frozen=True)
class Settings:
    """The values in force. Attributes are the names of TABLE; `home` is the folder that holds all state."""

    home: Path
    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def database(self) -> str:
        """The database URL in force."""
        return str(self.values["database_url"]) or f"sqlite:///{self.home / 'hotline.db'}"

    @property
    def asterisk_folder(self) -> Path:
        """Where the private copy of Asterisk is, or will be."""
        return Path(str(self.values["asterisk_root"]) or self.home / "asterisk").absolute()

    @property
    def agent_numbers(self) -> tuple[str, ...]:
        return tuple(str(8001 + index) for index in range(int(self.values["agents"])))

    @property
    def supervisor_numbers(self) -> tuple[str, ...]:
        return tuple(str(8101 + index) for index in range(int(self.values["supervisors"])))


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. Raises SettingsError naming the setting and what it may be."""
    home = Path(environment.get("HOTLINE_HOME") or "var").absolute()
    _refuse("home", checks.wrong("home", str(home)))
    file = home / "hotline.toml"
    written = _read(file) if file.exists() else {}
    _known(written, {setting.name for setting in TABLE}, f"{file}: unknown setting ")
    variables = {name for name in environment if name.startswith("HOTLINE_") and "_TEST_" not in name}
    _known(variables - _OTHERS, {setting.variable for setting in TABLE}, "unknown setting ")
    values = {}
    for setting in TABLE:
        raw = environment.get(setting.variable, written.get(setting.name, setting.default))
        values[setting.name] = _convert(setting, raw)
        _refuse(setting.name, checks.wrong(setting.name, values[setting.name]))
    _refuse(*checks.wrong_together(values))
    return Settings(home, values)


def _refuse(name: str, why: str) -> None:
    if why:
        raise SettingsError(f"HOTLINE_{name.upper()}: {why}")


def _known(given: Iterable[str], known: Iterable[str], lead: str) -> None:
    """A misspelt setting must not pass unseen."""
    for name in sorted(set(given) - set(known)):
        meant = get_close_matches(name, list(known), 1)
        raise SettingsError(f"{lead}{name}{f'; did you mean {meant[0]}?' if meant else ''}")


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not valid TOML ({error})") from None


_WORDS = {"yes": True, "true": True, "1": True, "on": True, "no": False, "false": False, "0": False, "off": False}


def _convert(setting: Setting, raw: Any) -> Any:
    kind = type(setting.default)
    reader: Callable[[Any], Any] = _WORDS.__getitem__ if kind is bool else kind
    try:
        # In the file a yes or a no is no number, though Python would take it for one.
        value = raw if type(raw) is kind else reader(str(raw).strip().lower() if kind is bool else _text(raw))
    except (KeyError, ValueError, TypeError):
        expected = {bool: "yes or no", int: "a whole number"}.get(kind, "text")
        raise SettingsError(f"{setting.variable}: {raw!r} is not {expected}") from None
    if setting.choices and value not in setting.choices:
        raise SettingsError(f"{setting.variable}: {value!r} is not one of {', '.join(setting.choices)}")
    if kind is int:
        _refuse(setting.name, _beyond(setting, value))
    if isinstance(value, str) and any(ord(letter) < 32 for letter in value):
        raise SettingsError(f"{setting.variable}: control characters are not allowed")
    return value


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return raw


def _beyond(setting: Setting, value: int) -> str:
    if setting.name.endswith("_port"):
        return "" if 0 < value < 65536 else f"{value} is not a port (1 to 65535)"
    if value < 0:
        return f"{value} is negative"
    if value < setting.least:
        return f"{value} is too small: {setting.least} at least"
    return f"{value} is too large: {setting.most} at most" if value > setting.most else ""
