"""A small county for the e2e tests: a running hotline, its carrier's trunk, the emergency desks, agents at phones."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from asterisk_conf.render import QUEUES
from callqueue.queries import list_calls
from store.engine import Store
from tests.hotline_fixture import EMERGENCY_HOST, TRUNK_HOST, Hotline, eventually
from tests.phones import Call, Phone, Town, audio

SERVICES = ("110", "119", "120", "122")
_numbers = itertools.count(13900000001)
# Citizens speak in one tone, agents in another, the emergency desk in a third: what is heard says who is heard.
CITIZEN_HZ, AGENT_HZ, DESK_HZ = 700, 1100, 1700


class County:
    """Phones around one hotline. Leaving logs the agents out and ends every call."""

    def __init__(self, hotline: Hotline, town: Town) -> None:
        self.hotline = hotline
        self.town = town
        self._trunk: Phone | None = None
        self._desk: Phone | None = None
        self._agents: dict[str, Phone] = {}

    @property
    def trunk(self) -> Phone:
        """The carrier: places the citizens' calls and takes the calls made to them."""
        if self._trunk is None:
            port = int(str(self.hotline.settings.trunk_peer).rpartition(":")[2])
            self._trunk = self.town.phone(bind=TRUNK_HOST, port=port, peer=self.hotline.sip)
        return self._trunk

    @property
    def desk(self) -> Phone:
        """The emergency desks, one phone that answers for all four numbers."""
        if self._desk is None:
            port = int(str(self.hotline.settings.emergency_peer).rpartition(":")[2])
            self._desk = self.town.phone(
                bind=EMERGENCY_HOST, port=port, peer=self.hotline.sip, numbers=SERVICES
            )
        return self._desk

    def phone(self, number: str, transport: str = "udp") -> Phone:
        """The registered softphone of an account."""
        phone = self.town.phone(
            registrar=self.hotline.sip, user=number, password=self.hotline.passwords[number], transport=transport
        )
        phone.register()
        return phone

    def agent(self, number: str = "8001", transport: str = "udp") -> Phone:
        """An agent at a softphone, logged in to every queue by feature code."""
        phone = self._agents.get(number) or self.phone(number, transport)
        self._agents[number] = phone
        self.dial_code(phone, "*11")
        return phone

    def agents(self, *numbers: str) -> dict[str, Phone]:
        """Agents by number, all logged in at the same time."""
        for number in numbers:
            self._agents[number] = self._agents.get(number) or self.phone(number)
        for call in [self._agents[number].call("*11") for number in numbers]:
            call.wait("disconnected")
        return {number: self._agents[number] for number in numbers}

    def dial_code(self, phone: Phone, code: str) -> Call:
        """The finished call to a feature code."""
        call = phone.call(code)
        call.wait("confirmed")
        call.wait("disconnected")
        return call

    def citizen(self, number: str = "12345", caller: str | None = None, **more: Any) -> Call:
        """A citizen's call that was answered; `caller` is a new number when not given."""
        call = self.trunk.call(number, caller=new_number() if caller is None else caller, **more)
        call.wait("confirmed")
        return call

    def citizens(self, callers: list[str]) -> list[Call]:
        """Calls that are all up at once, through as many phones of the carrier as that takes (four calls each)."""
        phones = [self.town.phone(bind=TRUNK_HOST, peer=self.hotline.sip) for _ in callers[::4]]
        calls = [phones[index // 4].call("12345", caller=caller) for index, caller in enumerate(callers)]
        for call in calls:
            call.wait("confirmed")
        return calls

    def sound(self, prompt: str) -> Path:
        """The file of a prompt as this hotline plays it."""
        return self.hotline.home / "share" / "sounds" / "zh" / f"{prompt}.alaw"

    def tone(self, hertz: int, seconds: float = 3.0) -> Path:
        """A sound file to speak with."""
        return audio.save(self.town.folder / f"{hertz}-{seconds}.wav", audio.tone(hertz, seconds))

    def meet(self, citizen: Call, agent: Call) -> None:
        """Returns when each has heard the other."""
        citizen.play(self.tone(CITIZEN_HZ), repeat=True)
        agent.hears_tone(CITIZEN_HZ)
        citizen.stop()
        agent.play(self.tone(AGENT_HZ), repeat=True)
        citizen.hears_tone(AGENT_HZ)
        agent.stop()

    def row(self, caller: str, dialled: str = "", **wanted: Any) -> dict[str, Any]:
        """The only call of `caller` in the ledger, once it has ended and shows what is `wanted`.

        An agent makes many: theirs is the only one to `dialled`. With `emergencies`: its emergency records.
        """

        store = Store(self.hotline.settings.database)  # asked often: a process each time would disturb the calls

        def found() -> str:
            with store.reading() as session:
                rows = [row for row in list_calls(session, caller=caller) if dialled in ("", row["dialled"])]
            assert len(rows) <= 1, f"{len(rows)} rows for one call of {caller}"
            done = [row for row in rows if row["ended_at"] and all(row[key] == wanted[key] for key in wanted)]
            return str(done[0]["call_id"]) if done else ""

        try:
            call_id = eventually(found, 30, f"a row of {caller} with {wanted}")
        finally:
            store.close()
        return dict(self.hotline.json("calls", "show", call_id))

    def close(self) -> None:
        # Asterisk's own command line, because it takes no time.
        for number, (queue, *_) in itertools.product(self._agents, QUEUES):
            self.hotline.cli(f"queue remove member PJSIP/{number} from {queue}")


def new_number() -> str:
    """A citizen's number nobody else in this test run has."""
    return str(next(_numbers))
