"""Handlers: attachments of a ticket."""

from __future__ import annotations

from dataclasses import asdict

from console.route import Answer, Asked
from console.seeing import visible
from store.base import now
from tickets.attachments import Attachment, attachment_path, attachments_of, keep_attachment
from tickets.errors import NotFound
from tickets.masking import require_files
from tickets.ticket import Ticket


def _open(asked: Asked) -> Ticket:
    """The ticket, when the viewer may see its files. Raises NotFound, Forbidden."""
    ticket = visible(asked.session, asked.path["number"], asked.by)
    require_files(ticket, asked.by)
    return ticket


def list_files(asked: Asked) -> Answer:
    """The attachments of a ticket."""
    return Answer({"items": [asdict(file) for file in attachments_of(asked.session, _open(asked).id)]})


def upload(asked: Asked) -> Answer:
    """The files as they were kept: all or none."""
    number = _open(asked).number
    kept = keep_attachment(asked.session, number, asked.files, asked.folder, by=asked.by, at=now())
    return Answer({"items": [asdict(file) for file in kept]})


def download(asked: Asked) -> Answer:
    """The bytes of an attachment, to be saved."""
    file = _named(asked, _open(asked))
    place = attachment_path(asked.folder, file)
    if not place.is_file():
        raise NotFound("附件的内容不在了，请查备份")
    return Answer(file=place, name=file.name)


def _named(asked: Asked, ticket: Ticket) -> Attachment:
    wanted = asked.path["sha256"]
    found = next((file for file in attachments_of(asked.session, ticket.id) if file.sha256 == wanted), None)
    if found is None:
        raise NotFound("没有这个附件")
    return found
