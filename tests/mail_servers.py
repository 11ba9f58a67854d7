"""A real IMAP server (pymap, in a process of its own) and a real SMTP server (aiosmtpd), on ports of loopback."""

from __future__ import annotations

import imaplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from channels.mail import Account
from tests.postgres import free_port

ADDRESS = "12345@county.example"
_USER, _PASSWORD = "hotline", "a mailbox password"


class _Sink:
    """Takes mails; `refuse` makes it answer 451."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.refuse = False

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refuse:
            return "451 try again"
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class MailServers:
    """The two servers and the account on them."""

    def __init__(self) -> None:
        self.port = free_port()
        command = [
            sys.executable, "-c", "from pymap.main import main; main()", "--host", "127.0.0.1", "--port",
            str(self.port), "--no-tls", "dict", "--demo-user", _USER, "--demo-password", _PASSWORD,
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.sink = _Sink()
        self.smtp = Controller(self.sink, hostname="127.0.0.1", port=free_port())
        self.smtp.start()
        self.account = Account(
            f"imap://127.0.0.1:{self.port}/INBOX", f"smtp://127.0.0.1:{self.smtp.port}", _USER, _PASSWORD, ADDRESS
        )
        self._await()

    def _await(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError, imaplib.IMAP4.error):
                self.box().logout()
                return
            time.sleep(0.1)
        self.close()
        raise RuntimeError("the IMAP server did not start")

    def box(self) -> imaplib.IMAP4:
        """The mailbox, opened as by anybody's mail program."""
        box = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        box.login(_USER, _PASSWORD)
        box.select("INBOX")
        return box

    def deliver(self, mail: bytes) -> None:
        """Puts a mail into the mailbox, unseen."""
        box = self.box()
        assert box.append("INBOX", "", "", mail)[0] == "OK"
        box.logout()

    def unseen(self) -> int:
        """How many mails are unseen."""
        box = self.box()
        (found,) = box.uid("SEARCH", "UNSEEN")[1]
        box.logout()
        return len(found.split())

    def empty(self) -> None:
        """Forgets every mail."""
        box = self.box()
        box.uid("STORE", "1:*", "+FLAGS.SILENT", "(\\Deleted)")
        box.expunge()
        box.logout()
        self.sink.got.clear()

    def close(self) -> None:
        self.smtp.stop()
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(scope="module")
def mail_servers() -> Iterator[MailServers]:
    """Servers for the tests of a module."""
    made = MailServers()
    yield made
    made.close()


@pytest.fixture
def mails(mail_servers: MailServers) -> MailServers:
    """Servers with an empty mailbox."""
    mail_servers.empty()
    return mail_servers
