"""TLS in front of the mail servers of tests: a certificate signed by itself, IMAPS by a relay, SMTP with STARTTLS."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from channels.mail import Account
from tests.mail_servers import MailServers
from tests.postgres import free_port


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """The PEM file of a certificate for 127.0.0.1, its own authority, and a server's context with it."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=mail.county.example", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out",
         str(cert)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return cert, context


@contextmanager
def over_tls(mails: MailServers, folder: Path) -> Iterator[Account]:
    """The account as it is over TLS: smtp:// demands STARTTLS, imaps:// is TLS from the first byte."""
    cert, context = certificate(folder)
    smtp = Controller(mails.sink, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True,
                      auth_required=True, authenticator=_known(mails.account))  # fmt: skip
    smtp.start()
    loop, port = asyncio.new_event_loop(), free_port()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", mails.port)
            await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))

    started = asyncio.start_server(both, "127.0.0.1", port, ssl=context)
    server = asyncio.run_coroutine_threadsafe(started, loop).result(10)
    try:
        yield replace(
            mails.account, imap=f"imaps://127.0.0.1:{port}/INBOX", smtp=f"smtp://127.0.0.1:{smtp.port}", ca=str(cert)
        )
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        smtp.stop()


def _known(account: Account) -> Callable[..., AuthResult]:
    wanted = LoginPassword(account.user.encode(), account.password.encode())
    return lambda _server, _session, _envelope, _way, given: AuthResult(success=given == wanted)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
