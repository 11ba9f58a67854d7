"""Accounts and tokens in the database, on SQLite and on PostgreSQL (R17-R19)."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from sqlalchemy import select, update

import console.tables
from console import accounts, credentials, idempotency
from console.errors import AccountError, KeyReused, Locked, Unknown
from console.idempotency import Key
from console.route import Answer
from console.tables import AccountRow, AnsweredRow, TokenRow
from store.base import now
from store.engine import Store
from tickets.access import Action, Role
from tickets.duties import start_catalogue

assert console.tables
PASSWORD = "a long enough password"


def made(store: Store, name: str = "boss", *roles: Role, unit: str = "") -> None:
    with store.begin() as session:
        start_catalogue(session)
        accounts.add(session, name, roles or (Role.SUPERVISOR,), PASSWORD, unit)


def by_password(store: Store, password: str, name: str = "boss") -> accounts.Account:
    header = "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
    return credentials.recognise(store, credentials.read(header))


def test_a_password_is_kept_as_argon2_and_a_token_as_its_digest(store: Store) -> None:
    made(store)
    with store.begin() as session:
        token, ends = accounts.new_token(session, "boss", "api", 90)
    with store.reading() as session:
        account, kept = session.scalars(select(AccountRow)).one(), session.scalars(select(TokenRow)).one()
    assert account.password.startswith("$argon2id$") and PASSWORD not in account.password
    assert kept.hash != token and token not in kept.hash and ends > now() + timedelta(days=89)
    assert credentials.recognise(store, credentials.read(f"Bearer {token}")).name == "boss"


def test_a_token_ends(store: Store) -> None:
    made(store)
    with store.begin() as session:
        first, _ = accounts.new_token(session, "boss", "api", 1)
        second, _ = accounts.new_token(session, "boss", "api", 1)
    with pytest.raises(Unknown):
        credentials.recognise(store, credentials.read(f"Bearer {first}"))
    with store.begin() as session:
        session.execute(update(TokenRow).values(expires_at=now() - timedelta(seconds=1)))
    with pytest.raises(Unknown):
        credentials.recognise(store, credentials.read(f"Bearer {second}"))
    with store.begin() as session:
        assert accounts.revoke(session, "boss", "api") and not accounts.revoke(session, "boss", "api")


def test_wrong_passwords_lock_and_a_right_one_clears_the_count(store: Store) -> None:
    made(store)
    for _ in range(accounts.MOST_FAILED - 1):
        with pytest.raises(Unknown):
            by_password(store, "wrong")
    assert by_password(store, PASSWORD).roles == (Role.SUPERVISOR,)
    for _ in range(accounts.MOST_FAILED):
        with pytest.raises(Unknown):
            by_password(store, "wrong")
    with pytest.raises(Locked):
        by_password(store, PASSWORD)
    with store.begin() as session:
        session.execute(update(AccountRow).values(locked_until=now() - timedelta(seconds=1)))
    assert by_password(store, PASSWORD).name == "boss"


def test_a_disabled_account_and_an_unknown_one_are_told_alike(store: Store) -> None:
    made(store)
    with store.begin() as session:
        accounts.set_active(session, "boss", False)
    for name, password in (("boss", PASSWORD), ("nobody", PASSWORD), ("nul\x00", "x"), ("boss", "x" * 300)):
        with pytest.raises(Unknown):
            by_password(store, password, name)


@pytest.mark.parametrize(
    ("name", "roles", "unit", "password"),
    [
        ("bad name", [Role.AGENT], "", PASSWORD), ("x" * 41, [Role.AGENT], "", PASSWORD), ("a", [], "", PASSWORD),
        ("a", [Role.SYSTEM], "", PASSWORD), ("a", [Role.CITIZEN], "", PASSWORD),
        ("a", [Role.UNIT_HANDLER], "", PASSWORD), ("a", [Role.AGENT], "swj", PASSWORD),
        ("a", [Role.UNIT_HANDLER], "nowhere", PASSWORD), ("a", [Role.AGENT], "", "short"),
        ("boss", [Role.AGENT], "", PASSWORD),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(
    store: Store, name: str, roles: list[Role], unit: str, password: str
) -> None:
    made(store)
    with pytest.raises(AccountError), store.begin() as session:
        accounts.add(session, name, roles, password, unit)


def test_the_last_admin_stays(store: Store) -> None:
    made(store, "admin", Role.ADMIN)
    with pytest.raises(AccountError, match="last active admin"), store.begin() as session:
        accounts.set_active(session, "admin", False)
    made(store, "second", Role.ADMIN, Role.AGENT)
    with store.begin() as session:
        accounts.set_active(session, "admin", False)


def test_an_account_acts_in_the_first_role_that_may(store: Store) -> None:
    """R17, R18."""
    made(store, "both", Role.AGENT, Role.UNIT_HANDLER, unit="swj")
    both = by_password(store, PASSWORD, "both")
    for action, role in ((Action.ACCEPT, Role.AGENT), (Action.SIGN, Role.UNIT_HANDLER), (None, Role.AGENT)):
        actor = both.acting(action)
        assert actor is not None and (actor.name, actor.role, actor.unit) == ("both", role, "swj")
    assert both.acting(Action.DISPATCH) is None


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer  ", "Basic", "Basic ###", "Basic Ym9zcw==", "Digest x"])
def test_what_is_no_credential_is_refused(header: str | None) -> None:
    with pytest.raises(Unknown):
        credentials.read(header)


def test_credentials_travel_only_where_nobody_listens() -> None:
    assert credentials.private("127.0.0.1", False) and credentials.private("::1", False)
    assert credentials.private("192.0.2.7", True)
    assert not any(credentials.private(remote, False) for remote in ("192.0.2.7", "", None, "nonsense"))


def test_a_key_is_remembered_for_a_day(store: Store) -> None:
    made(store)
    account = by_password(store, PASSWORD).id
    key, answer = Key(account, "k", "digest"), Answer({"n": 1}, 201, {"Location": "/x"})
    with store.begin() as session:
        assert idempotency.remembered(session, key) is None
        idempotency.remember(session, key, answer)
    with store.begin() as session:
        again = idempotency.remembered(session, key)
        assert again is not None and (again.body, again.status) == ({"n": 1}, 201)
    with pytest.raises(KeyReused), store.begin() as session:
        idempotency.remembered(session, Key(account, "k", "another"))
    with store.begin() as session:
        session.execute(update(AnsweredRow).values(at=now() - timedelta(hours=25)))
    with store.begin() as session:
        assert idempotency.remembered(session, key) is None


def test_a_request_that_failed_leaves_its_key_free(store: Store) -> None:
    made(store)
    key = Key(by_password(store, PASSWORD).id, "k", "digest")
    with pytest.raises(RuntimeError), store.begin() as session:
        assert idempotency.remembered(session, key) is None
        raise RuntimeError
    with store.begin() as session:
        assert idempotency.remembered(session, key) is None
