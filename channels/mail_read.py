"""An e-mail as bytes, read into a message: its text, its files, whom it answers, and whether a machine wrote it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr
from html.parser import HTMLParser

from channels.incoming import MOST_TEXT, Message
from tickets.attachments import Limits
from tickets.terms import Channel
from tickets.wording import phone_digits, printable

OURS = ".hotline"  # what the left part of our own message ids ends with
_PHONE = re.compile(r"(?:联系)?(?:电话|手机|手机号|号码)[:： ]*([+0-9][0-9 -]{6,16})")
_MACHINES = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+@-]|$)", re.IGNORECASE)
_QUOTED = re.compile(
    r"^(>|-{2,} ?(原始邮件|Original Message|转发邮件)|_{10,}|发件人[:：]|From: |On .{6,100} wrote:"
    r"|.{4,80}写道[:：]\s*$)",
    re.IGNORECASE,
)
_BLOCKS = frozenset((
    "p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote", "hr",
    "section",
))  # fmt: skip
_UNSEEN = frozenset(("script", "style", "head", "title", "template", "noscript", "object", "svg", "math", "select"))
_VOID = frozenset(("br", "hr", "img", "input", "meta", "link"))


class _Text(HTMLParser):
    """The words of a page, line by line; scripts, styles and what is hidden left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        style = (dict(attrs).get("style") or "").replace(" ", "").lower()
        if tag in _BLOCKS and not self._hidden:
            self.words.append("\n")
        if tag not in _VOID and (self._hidden or tag in _UNSEEN or "display:none" in style):
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden.pop() != tag:
                pass
        elif tag in _BLOCKS and not self._hidden:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data if data.strip() else " ")


def html_text(page: str) -> str:
    """The text of an HTML page: no markup of it is left."""
    reader = _Text()
    reader.feed(page)
    reader.close()
    return _tidied("".join(reader.words))


def _tidied(text: str) -> str:
    lines = [" ".join(line.split()) for line in printable(text).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def automatic(mail: EmailMessage, own: str) -> str:
    """Why a mail is none of a person's, "" when it may be one (RFC 3834)."""
    sender = parseaddr(_header(mail, "From"))[1].lower()
    submitted = _header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return f"Auto-Submitted: {submitted}"
    if mail.get_content_type() == "multipart/report" or _header(mail, "Return-Path").strip() == "<>":
        return "退信或回执"
    if _header(mail, "Precedence").strip().lower() in ("bulk", "junk", "list") or mail["List-Id"]:
        return "群发邮件"
    if _header(mail, "X-Autoreply") or _header(mail, "X-Autorespond"):
        return "自动回复"
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", sender):
        return "没有发件人"
    if sender == own.lower():
        return "本热线自己的邮件"
    return "由程序发出" if _MACHINES.match(sender) else ""


def parsed(raw: bytes) -> EmailMessage:
    """The mail of its bytes; what is broken in it is passed over."""
    return message_from_bytes(raw, policy=policy.default)


def message_of(mail: EmailMessage, raw: bytes, at: datetime, limits: Limits | None = None) -> Message:
    """The message of a mail that came `at`. The same mail has the same key, with or without a Message-ID."""
    limits = limits or Limits()
    name, address = parseaddr(_header(mail, "From"))
    refers = _refers(mail)
    text = _body(mail)
    if refers:
        text = _without_quotes(text)
    files, lost = _files(mail, limits)
    key = _header(mail, "Message-ID").strip(" <>\t") or hashlib.sha256(raw).hexdigest()
    subject = _tidied(_header(mail, "Subject"))[:200]
    phone = next((digits for found in _PHONE.findall(text) if (digits := phone_digits(found))), "")
    return Message(
        Channel.EMAIL, key[:160] if len(key) <= 160 else hashlib.sha256(key.encode()).hexdigest(),
        address.lower()[:200], at, (text or "（无正文，见附件）")[:MOST_TEXT], subject,
        name=_tidied(name).replace("\n", " ")[:50], phone=phone, refers=refers, files=tuple(files), lost=tuple(lost),
    )


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return str(mail[name] or "")
    except Exception:  # a broken header raises whatever its parser stumbles over: it is as good as absent
        return ""


def _refers(mail: EmailMessage) -> tuple[str, ...]:
    """The keys of our own messages that the mail answers."""
    ids = re.findall(r"<([^<>\s]+)>", f"{_header(mail, 'In-Reply-To')} {_header(mail, 'References')}")
    lefts = [one.partition("@")[0] for one in ids]
    return tuple(dict.fromkeys(f"out:email:{left.removesuffix(OURS)}" for left in lefts if left.endswith(OURS)))[:20]


def _body(mail: EmailMessage) -> str:
    """The text; that of the HTML when there is none, or, as some programs write, an empty one."""
    for kind, read in (("plain", _tidied), ("html", html_text)):
        found = mail.get_body((kind,))
        words = read(_decoded(found)) if found is not None else ""
        if words:
            return words
    return ""


def _decoded(part: MIMEPart) -> str:
    data = part.get_payload(decode=True)
    raw = data if isinstance(data, bytes) else b""
    charset = (part.get_content_charset() or "utf-8").lower()
    # What says GB2312 or GBK often has letters that only GB 18030 has.
    charset = "gb18030" if charset in ("gb2312", "gbk", "gb_2312-80", "x-gbk") else charset
    for name in (charset, "utf-8", "gb18030"):
        try:
            return raw.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("utf-8", "replace")


def _without_quotes(text: str) -> str:
    kept: list[str] = []
    for line in text.split("\n"):
        if _QUOTED.match(line.strip()):
            break
        kept.append(line)
    return "\n".join(kept).strip()


def _files(mail: EmailMessage, limits: Limits) -> tuple[list[tuple[str, bytes]], list[str]]:
    """The files of a mail, and those that are too many or mails of their own."""
    files: list[tuple[str, bytes]] = []
    lost: list[str] = []
    for part in _parts(mail):
        name = part.get_filename() or "附件"
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes) or len(files) >= limits.files:
            lost.append(name[:60])
        elif data:
            files.append((name, data))
    return files, lost


def _parts(mail: EmailMessage) -> Iterator[EmailMessage]:
    body = mail.get_body(("plain", "html"))
    for part in mail.walk():
        if part.is_multipart() or part is body:
            continue
        if part.get_content_disposition() == "attachment" or part.get_filename():
            yield part
