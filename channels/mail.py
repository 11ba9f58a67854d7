"""The mailbox: read by IMAP, answered by SMTP. A mail is marked as seen only after what it says is committed."""

from __future__ import annotations

import imaplib
import logging
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from channels import mail_read
from channels.errors import ChannelError
from channels.incoming import set_aside, take
from channels.outbox import Letter
from channels.terms import Fate
from store.base import now
from store.engine import Store
from tickets.deadlines import DEFAULT, Rules
from tickets.errors import TicketError

log = logging.getLogger(__name__)
SECONDS = 20.0  # every answer of a server takes at most
MOST_BYTES = 60 << 20  # of a mail; of a larger one the beginning is read
_HEAD = 1 << 20
_BATCH = 50
_NAME = "武定县12345政府服务热线"
_PORTS = {"imap": 143, "imaps": 993, "smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Account:
    """Where mail is read and sent: URLs as imaps://host/INBOX and smtps://host:465, and who we are there.

    `ca`: a file (PEM) of authorities whose certificates are good besides those the system trusts; "" for none.
    """

    imap: str
    smtp: str
    user: str
    password: str
    address: str
    ca: str = ""

    def trusted(self) -> ssl.SSLContext:
        """What every TLS connection is checked by. Raises OSError when the file of authorities cannot be read."""
        context = ssl.create_default_context()
        if self.ca:
            context.load_verify_locations(self.ca)
        return context


@dataclass(frozen=True, slots=True)
class Round:
    """What one look into the mailbox brought: mails that were new, and those that could not be read and stay."""

    taken: int = 0
    stuck: int = 0


class Mailbox:
    """The mailbox of an account, which nobody else reads: what is unseen is new."""

    def __init__(self, account: Account, store: Store, attachments: Path, rules: Rules = DEFAULT) -> None:
        self._account, self._store, self._attachments, self._rules = account, store, attachments, rules

    def round(self) -> Round:
        """Takes what is new. Raises ChannelError when the server is away, SQLAlchemyError when the database is."""
        taken = stuck = 0
        with opened(self._account) as box:
            for uid in _unseen(box)[:_BATCH]:
                try:
                    self._one(_fetched(box, uid))
                except TicketError as error:
                    log.error("a mail stays unseen: %s", error)
                    stuck += 1
                    continue
                _done(box.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen)"))
                taken += 1
        return Round(taken, stuck)

    def _one(self, raw: bytes) -> None:
        """Returns when the mail is committed, as whatever it is."""
        mail = mail_read.parsed(raw)
        message = mail_read.message_of(mail, raw, now())
        why = mail_read.automatic(mail, self._account.address)
        if not why:
            try:
                with self._store.begin() as session:
                    take(session, message, self._attachments, rules=self._rules)
                return
            except TicketError as error:
                why, fate = str(error), Fate.REFUSED
        else:
            fate = Fate.IGNORED
        with self._store.begin() as session:
            set_aside(session, message, fate, why)


@contextmanager
def opened(account: Account) -> Iterator[imaplib.IMAP4]:
    """The mailbox, logged in and selected. Raises ChannelError."""
    where = urlsplit(account.imap)
    port = where.port or _PORTS[where.scheme]
    try:
        if where.scheme == "imaps":
            box: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                where.hostname or "", port, ssl_context=account.trusted(), timeout=SECONDS
            )
        else:
            box = imaplib.IMAP4(where.hostname or "", port, timeout=SECONDS)
        try:
            box.login(account.user, account.password)
            _done(box.select(where.path.strip("/") or "INBOX"))
            yield box
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                box.logout()
    except (OSError, imaplib.IMAP4.error) as error:
        raise ChannelError(f"the mailbox cannot be read: {_told(error)}") from None


def _unseen(box: imaplib.IMAP4) -> list[str]:
    (found,) = _done(box.uid("SEARCH", "UNSEEN"))
    return found.decode().split() if found else []


def _fetched(box: imaplib.IMAP4, uid: str) -> bytes:
    told = _done(box.uid("FETCH", uid, "(RFC822.SIZE)"))
    found = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(one for one in told if isinstance(one, bytes)))
    size = int(found[1]) if found else 0
    wanted = "(BODY.PEEK[])" if size <= MOST_BYTES else f"(BODY.PEEK[]<0.{_HEAD}>)"
    for part in _done(box.uid("FETCH", uid, wanted)):
        if isinstance(part, tuple):
            return bytes(part[1])
    raise ChannelError("the mailbox gave no mail")


def _done(answer: tuple[str, list[Any]]) -> list[Any]:
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(str(data[0]))
    return data


def poster(account: Account) -> Callable[[Letter], None]:
    """Sends a letter by SMTP, threaded to the mail it answers, and marked so that no machine answers it."""

    def post(letter: Letter) -> None:
        try:
            with _smtp(account) as server:
                server.send_message(mail_of(letter, account.address))
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelError(f"the mail was not taken: {_told(error)}") from None

    return post


@contextmanager
def _smtp(account: Account) -> Iterator[smtplib.SMTP]:
    where = urlsplit(account.smtp)
    host, port = where.hostname or "", where.port or _PORTS[where.scheme]
    context = account.trusted()
    if where.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=SECONDS)
    with server:
        server.ehlo()
        if where.scheme == "smtp" and (server.has_extn("starttls") or not near(host)):
            server.starttls(context=context)
            server.ehlo()
        if account.user and server.has_extn("auth"):
            server.login(account.user, account.password)
        yield server


def near(host: str) -> bool:
    """Whether what is said to a host does not leave the machine."""
    return host in ("127.0.0.1", "::1", "localhost")


def mail_of(letter: Letter, address: str) -> EmailMessage:
    """The mail of a letter. The same letter sent again has the same Message-ID."""
    mail = EmailMessage()
    mail["From"] = formataddr((_NAME, address))
    mail["To"] = letter.peer
    about = letter.subject.removeprefix("Re: ").removeprefix("回复：") or "您的诉求"
    number = f" [12345工单 {letter.number}]" if letter.number and letter.number not in about else ""
    mail["Subject"] = f"Re: {about[:150]}{number}".replace("\n", " ")
    domain = address.rpartition("@")[2] or "localhost"
    mail["Message-ID"] = f"<{letter.key.rpartition(':')[2]}{mail_read.OURS}@{domain}>"
    answered = letter.answered.partition(":")[2]
    if "@" in answered:
        mail["In-Reply-To"] = mail["References"] = f"<{answered}>"
    mail["Date"] = format_datetime(now())
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(letter.text)
    return mail


def check(account: Account) -> str:
    """Why mail cannot be read or sent, "" when both can."""
    try:
        if account.imap:
            with opened(account):
                pass
        if account.smtp:
            with _smtp(account) as server:
                server.noop()
    except (ChannelError, OSError, smtplib.SMTPException) as error:
        return _told(error)
    return ""


def _told(error: BaseException) -> str:
    return " ".join(str(error).split())[:150] or type(error).__name__
