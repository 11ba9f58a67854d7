"""The parts of the pages that need no browser: sessions, form tokens, codes, limits, the table."""

from __future__ import annotations

from datetime import timedelta

import pyotp
from sqlalchemy import select, update

from callqueue.disposition import Disposition as D
from callqueue.missed import Reason
from console import accounts, render, second_factor, sessions
from console.outcomes import because, told
from console.push import Hub, Message
from console.sessions import Policy, Stage
from console.sitemap import PAGES
from console.tables import SessionRow
from console.throttle import Throttle
from store.base import now
from store.engine import Store
from tickets.access import Role

POLICY = Policy()


def logged_in(store: Store) -> str:
    with store.begin() as session:
        made = accounts.add(session, "clerk", [Role.COUNTY_ADMIN], "a long enough password", first=True)
        return sessions.open_session(session, made.id, "127.0.0.1")


def test_a_session_is_known_by_its_cookie_alone(store: Store) -> None:
    cookie = logged_in(store)
    login = sessions.recognise(store, cookie, POLICY)
    assert login is not None and (login.account.name, login.stage) == ("clerk", Stage.PASSWORD)
    assert sessions.recognise(store, cookie[:-1], POLICY) is None and sessions.recognise(store, "", POLICY) is None


def test_a_session_ends_idle_old_disabled_or_with_a_new_password(store: Store) -> None:
    cookie = logged_in(store)
    for old in ({"seen_at": now() - timedelta(minutes=31)}, {"created_at": now() - timedelta(hours=13)}):
        with store.begin() as session:
            session.execute(update(SessionRow).values(**({"seen_at": now(), "created_at": now()} | old)))
        assert sessions.recognise(store, cookie, POLICY) is None
    sessions.forget_ended(store, POLICY)
    with store.begin() as session:
        assert list(session.scalars(select(SessionRow.id))) == []
        account = accounts.named(session, "clerk")
        cookies = [sessions.open_session(session, account.id, "") for _turn in range(2)]
    assert sessions.recognise(store, cookies[0], POLICY) is not None
    with store.begin() as session:
        accounts.set_password(session, "clerk", "another long password")
    assert [sessions.recognise(store, one, POLICY) for one in cookies] == [None, None]


def test_everybody_enrols_where_the_second_factor_is_required(store: Store) -> None:
    cookie = logged_in(store)
    with store.begin() as session:
        accounts.named(session, "clerk").must_change = False
    login = sessions.recognise(store, cookie, Policy(second_factor=True))
    assert login is not None and login.stage == Stage.ENROL


def test_a_form_token_fits_its_cookie_only() -> None:
    one, other = sessions.new_cookie(), sessions.new_cookie()
    assert sessions.fits(one, sessions.form_token(one))
    assert not sessions.fits(other, sessions.form_token(one)) and not sessions.fits("", sessions.form_token(""))


def test_a_code_is_right_for_its_step_and_the_neighbours() -> None:
    secret, moment = pyotp.random_base32(), 1_800_000_000.0
    code = pyotp.TOTP(secret).at(int(moment))
    step = int(moment // 30)
    assert [second_factor.step_of(secret, code, moment + 30 * off) for off in (-2, -1, 0, 1, 2)] == [
        None, step, step, step, None
    ]
    assert second_factor.step_of(secret, "12345", moment) is None
    assert second_factor.step_of(secret, "１２３４５６", moment) is None


def test_the_rfcs_own_codes_are_right() -> None:
    """RFC 6238, appendix B (SHA-1), the last six of the eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for moment, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        assert second_factor.step_of(secret, code, moment) == moment // 30


def test_a_throttle_forgets_with_time() -> None:
    clock = [0.0]
    throttle = Throttle(2, 60, lambda: clock[0])
    assert [throttle.count("a") for _turn in range(3)] == [True, True, False]
    assert throttle.count("b") and not throttle.allows("a")
    clock[0] = 60.0
    assert throttle.allows("a") and throttle.count("a")


def test_a_slow_listener_is_cut_off_and_the_others_go_on() -> None:
    hub = Hub()
    with hub.subscribed("calls") as slow, hub.subscribed("calls") as quick:
        for number in range(101):
            hub.publish("calls", Message("n", str(number)))
            if number < 100:
                assert quick.get_nowait() == Message("n", str(number))
        assert hub.listeners("calls") == 1
        last = [slow.get_nowait() for _turn in range(100)][-1]
        assert last is None
    assert hub.listeners("calls") == 0
    assert Message("a", "x\ny").encoded() == b"event: a\ndata: x\ndata: y\n\n"


def test_the_table_of_pages_is_whole() -> None:
    rows = [(page.method, page.path) for page in PAGES]
    assert len(rows) == len(set(rows))
    gets = {page.path for page in PAGES if page.method == "GET"}
    for page in PAGES:
        assert page.method in ("GET", "POST") and page.title, page.path
        assert not page.again or page.again in gets, page.path
        assert not page.menu or (page.method == "GET" and not page.public), page.path
        assert not page.template or render.environment().get_template(page.template), page.path


def test_every_end_of_a_callback_and_of_a_task_has_words_for_people() -> None:
    """The ends that only callers in a queue or menu can have are no callback's."""
    waiting = {D.EMERGENCY_MISSED, D.VOICEMAIL, D.CALLBACK_REQUESTED, D.ABANDONED_QUEUE, D.SELF_SERVED, D.OVERFLOWED,
               D.CLOSED, D.REFUSED, D.ABANDONED_MENU}  # fmt: skip
    assert [one for one in D if one not in waiting and told(one) == one] == []
    assert [one for one in Reason if because(one) == one] == []
    assert (told(D.UNREACHABLE), because(Reason.UNREACHABLE)) == ("关机或空号", "多次回拨未接通")


def test_no_page_has_anything_inline() -> None:
    """The content security policy would leave it out."""
    for file in (render.STATIC.parent / "pages").glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert "<style" not in text and " style=" not in text and " onclick=" not in text, file.name
        assert "<script>" not in text, file.name
