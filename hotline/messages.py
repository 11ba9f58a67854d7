"""The messages of the service: what comes by file and by mail is taken, what is to be told is sent."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from channels import mail, outbox, sms
from channels.errors import ChannelError
from channels.mail import Account, Mailbox
from channels.outbox import Letter, Post
from channels.sms_in import Folder
from hotline import places
from hotline.settings import Settings
from hotline.standing import State, moment
from store.engine import Store
from tickets.deadlines import Rules
from tickets.terms import Channel

log = logging.getLogger(__name__)
PERIOD = 2.0  # seconds between two looks at the outbox and the folder
_AWAY = (ChannelError, SQLAlchemyError, OSError)


def account(settings: Settings) -> Account:
    """The mailbox of the settings."""
    return Account(
        settings.mail_imap, settings.mail_smtp, settings.mail_user, settings.mail_password, settings.mail_address,
        settings.mail_ca,
    )


def sender(settings: Settings) -> sms.Send:
    """The way short messages go."""
    if settings.sms_url:
        return sms.over_http(settings.sms_url, settings.sms_token)
    return sms.to_file(settings.home / places.SMS)


class Messages:
    """Loops of their own threads, so that a slow mail server keeps no short message waiting."""

    def __init__(self, settings: Settings, store: Store, rules: Rules) -> None:
        self._settings, self._store = settings, store
        files = settings.home / places.ATTACHMENTS
        folder, box = settings.sms_in_folder, account(settings)
        self._folder = Folder(settings.home / folder, store, files, rules) if folder else None
        self._mailbox = Mailbox(box, store, files, rules) if box.imap else None
        self._posts: dict[Channel, Post] = {Channel.SMS: _short(sender(settings))}
        if box.smtp:
            self._posts[Channel.EMAIL] = mail.poster(box)
        self._reasons: dict[str, str] = {}
        self._stuck = 0
        self._done_at = time.time()

    def state(self) -> State:
        """How they stand."""
        why = "; ".join(f"{name}: {reason}" for name, reason in sorted(self._reasons.items()) if reason)
        return {"state": "down" if why else "up", "since": moment(self._done_at), "why": why, "stuck": self._stuck}

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._loop("sms", PERIOD, self._short_round))
            if self._mailbox:
                group.create_task(self._loop("mail", float(self._settings.mail_seconds), self._mail_round))
            if Channel.EMAIL in self._posts:
                group.create_task(self._loop("smtp", PERIOD, lambda: self._send(Channel.EMAIL)))

    async def _loop(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix=name) as thread:
            while True:
                await loop.run_in_executor(thread, lambda: self._round(name, work))
                await asyncio.sleep(seconds)

    def _round(self, name: str, work: Callable[[], None]) -> None:
        why = ""
        try:
            work()
        except _AWAY as error:
            why = str(error) if isinstance(error, ChannelError) else type(error).__name__
        except Exception as error:  # an edge: one message that nobody foresaw must not end the service, and the calls
            why = type(error).__name__
            log.exception("messages by %s failed", name)
        if why and why != self._reasons.get(name):
            log.warning("messages by %s: %s", name, why)
        self._reasons[name] = why
        self._done_at = time.time() if not why else self._done_at

    def _short_round(self) -> None:
        if self._folder:
            self._folder.round()
        self._send(Channel.SMS)

    def _mail_round(self) -> None:
        assert self._mailbox is not None
        self._stuck = self._mailbox.round().stuck

    def _send(self, channel: Channel) -> None:
        outbox.send_due(self._store, {channel: self._posts[channel]})


def _short(send: sms.Send) -> Post:
    def post(letter: Letter) -> None:
        send(letter.peer, letter.text)

    return post
