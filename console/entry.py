"""Handlers: logging in and out, the first password, the second factor, one's own account."""

from __future__ import annotations

from sqlalchemy import update

from console import audit, credentials, menu, passwords, second_factor, sessions
from console.accounts import named
from console.credentials import Credentials
from console.errors import BadRequest, Locked, Unknown
from console.page import Answered, Moved, Shown, Visit
from console.tables import AccountRow
from store.base import now
from tickets.access import Actor, Role
from tickets.scope import ways
from tickets.terms import RequestType

PARTS = {"agi": "语音流程", "ami": "Asterisk 连接", "database": "数据库", "ledger": "通话记录",
         "callbacks": "自动回访", "live": "现场状态", "messages": "消息往来"}
_WRONG = "账号或口令不对"
_WRONG_CODE = "验证码不对，或已经用过，请等待下一个"


def landing(visit: Visit) -> Answered:
    """The front page: what the hotline takes and how (R48), and what runs; nothing personal."""
    standing = visit.services.more.get("standing")
    parts = standing()["parts"] if standing else {}
    down = any(part["state"] != "up" for part in parts.values())
    rules = visit.services.rules
    return Shown({
        "parts": parts, "down": down, "names": PARTS, "now": now(), "rules": rules, "ways": ways(rules),
        "consult": rules.resolve_days(RequestType.CONSULT),
    })


def login_page(visit: Visit) -> Answered:
    """The form; a page that wants a log-in is named in `back`."""
    return Shown({"back": visit.asked("back"), "name": visit.typed("name")})


def login(visit: Visit) -> Answered:
    """A new session. Raises Unknown, Locked; both are on record."""
    name = visit.typed("name")[:80]
    try:
        account = credentials.recognise(
            visit.services.store, Credentials(name=name, password=visit.form.get("password", ("",))[0])
        )
    except (Unknown, Locked) as error:
        _record(visit, Actor(name or "?", Role.SYSTEM), 429 if isinstance(error, Locked) else 401)
        raise error if isinstance(error, Locked) else Unknown(_WRONG) from None
    cookie = sessions.open_session(visit.session, account.id, visit.remote)
    audit.write(visit.session, audit.Entry(Actor(account.name, account.roles[0], account.unit), "login", "",
                                           visit.remote, 200))
    return Moved(visit.typed("back") or "/home", cookie=cookie)


def _record(visit: Visit, by: Actor, status: int) -> None:
    """Written at once and apart: what follows is an error, which takes its own transaction back."""
    visit.session.rollback()
    with visit.services.store.begin() as session:
        audit.write(session, audit.Entry(by, "login", "", visit.remote, status))


def code_page(_visit: Visit) -> Answered:
    """The form for the second factor."""
    return Shown()


def code(visit: Visit) -> Answered:
    """The session with its second factor. Wrong codes count like wrong passwords. Raises Unknown, Locked."""
    assert visit.login is not None
    if not second_factor.take(visit.session, visit.login, visit.typed("code")):
        visit.session.rollback()
        credentials.count(visit.services.store, visit.account.id, right=False)
        if credentials.locked(visit.services.store, visit.account.id):
            with visit.services.store.begin() as session:
                sessions.end(session, visit.login.id)
        raise Unknown(_WRONG_CODE)
    visit.session.execute(update(AccountRow).where(AccountRow.id == visit.account.id).values(failed=0))
    return Moved("/home")


def logout(visit: Visit) -> Answered:
    """No session any more."""
    assert visit.login is not None
    sessions.end(visit.session, visit.login.id)
    return Moved("/login", "已退出登录", cookie="")


def home(visit: Visit) -> Answered:
    """On to the account's first page."""
    from console.sitemap import PAGES  # the table names this handler

    return Moved(menu.home(PAGES, visit.account))


def own_page(visit: Visit) -> Answered:
    """One's own account."""
    return Shown({"second_factor": second_factor.has(visit.session, visit.account.id)})


def password_page(visit: Visit) -> Answered:
    """The form for a new password."""
    first = named(visit.session, visit.account.name).must_change
    return Shown({"first": first, "shortest": passwords.SHORTEST})


def password(visit: Visit) -> Answered:
    """A new password; the account's other sessions end. Raises BadRequest, Unknown."""
    assert visit.login is not None
    old, new, again = (visit.form.get(name, ("",))[0] for name in ("old", "new", "again"))
    with visit.services.store.reading() as session:
        row = named(session, visit.account.name)
    # Argon2 is slow: it runs before the transaction takes a lock.
    if not passwords.right(row.password, old):
        credentials.count(visit.services.store, visit.account.id, right=False)
        raise Unknown("现在的口令不对")
    if new != again:
        raise BadRequest("两次输入的新口令不一样", status=422)
    if new == old:
        raise BadRequest("新口令不能与现在的相同", status=422)
    if not passwords.SHORTEST <= len(new) <= passwords.LONGEST:
        raise BadRequest(f"口令应为 {passwords.SHORTEST} 至 {passwords.LONGEST} 个字符", status=422)
    if passwords.simple(new, visit.account.name):
        raise BadRequest("新口令太容易猜到，请不要用账号名、连续的按键或常见的字词", status=422)
    stored = passwords.hashed(new)
    changed = {"password": stored, "must_change": False, "failed": 0, "locked_until": None}
    visit.session.execute(update(AccountRow).where(AccountRow.id == row.id).values(**changed))
    sessions.end_others(visit.session, visit.login)
    return Moved("/home", "口令已修改，其他设备上的登录已退出")


def second_factor_page(visit: Visit) -> Answered:
    """The secret to be put into an authenticator app."""
    assert visit.login is not None
    if second_factor.has(visit.session, visit.account.id):
        return Shown({"has": True, "secret": "", "picture": ""})
    secret, picture = second_factor.offered(visit.session, visit.login)
    return Shown({"has": False, "secret": secret, "picture": picture})


def enrol(visit: Visit) -> Answered:
    """The second factor of the account. Raises BadRequest for a code that does not fit, or when there is one."""
    assert visit.login is not None
    if second_factor.has(visit.session, visit.account.id):
        raise BadRequest("已经启用两步验证；如更换手机，请联系系统管理员", status=422)
    if not second_factor.enrol(visit.session, visit.login, visit.typed("code")):
        raise BadRequest(_WRONG_CODE, status=422)
    sessions.end_others(visit.session, visit.login)
    return Moved("/home", "两步验证已启用")
