"""What the service's parts say of themselves: the rows of `hotline status` and of /api/v1/status."""

from __future__ import annotations

from callback_survey.dialler import Dialler
from callqueue.live.watch import Watch
from hotline.beat import Heartbeat
from hotline.importer import Importer
from hotline.standing import State, moment
from telephony.ami import Manager
from telephony.fastagi import FastAGIServer


def agi(server: FastAGIServer) -> State:
    """The FastAGI server: port and sessions; `down` until it listens."""
    return {
        "state": "up" if server.port else "down", "port": server.port, "sessions": server.sessions,
        "served": server.served, "refused": server.refused,
    }  # fmt: skip


def ami(manager: Manager) -> State:
    """The link to Asterisk's manager: since when it is up or away, and why."""
    state = manager.state
    return {"state": state["state"], "since": moment(state["since"]), "why": state["error"], "logins": state["logins"]}


def live(watch: Watch) -> State:
    """The live state: `down` while it is not current."""
    return {
        "state": "up" if watch.current else "down", "since": moment(watch.since), "queries": watch.resyncs,
        "events": watch.applied,
    }  # fmt: skip


def database(beats: Heartbeat) -> State:
    """The database, as the heartbeat finds it."""
    return {"state": "down" if beats.reason else "up", "since": moment(beats.since), "why": beats.reason}


def ledger(importer: Importer) -> State:
    """The building of the ledger; `since`: the last round."""
    return {
        "state": "down" if importer.reason else "up", "since": moment(importer.done_at), "why": importer.reason,
    }  # fmt: skip


def callbacks(dialler: Dialler | None) -> State:
    """The run of callbacks; None when a setting has it off."""
    if dialler is None:
        return {"state": "off"}
    return {
        "state": "down" if dialler.reason else "up", "since": moment(dialler.done_at), "why": dialler.reason,
        "calls": dialler.serving,
    }  # fmt: skip
