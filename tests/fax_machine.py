"""A fax machine: a second Asterisk with the practice phone's line, which sends a TIFF by T.38 or in the sound."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

from hotline import town
from hotline.prepare import find_asterisk
from hotline.settings import Settings
from hotline.town import Town
from telephony.ami import connect

_MODULES = "res_fax res_fax_spandsp app_exec"
_WIDTH, _ROWS = 1728, 60


def page_of(pages: int = 1) -> bytes:
    """A TIFF of pages with black bars of different height, as a scanner makes it: 1728 dots a line, 204 × 98 dpi."""
    made = bytearray(b"II*\0" + struct.pack("<I", 0))
    last = 4
    for page in range(pages):
        rows = b"".join(
            (b"\x00" * 108 + b"\xff" * 108) if row // (8 + page) % 2 else b"\xff" * 216 for row in range(_ROWS)
        )
        strip = len(made)
        made += rows
        resolution = len(made)
        made += struct.pack("<IIII", 204, 1, 98, 1)
        made += b"\0" * (len(made) % 2)
        struct.pack_into("<I", made, last, len(made))
        entries = (
            (256, 4, 1, _WIDTH), (257, 4, 1, _ROWS), (258, 3, 1, 1), (259, 3, 1, 1), (262, 3, 1, 1),
            (273, 4, 1, strip), (277, 3, 1, 1), (278, 4, 1, _ROWS), (279, 4, 1, len(rows)), (282, 5, 1, resolution),
            (283, 5, 1, resolution + 8), (296, 3, 1, 2),
        )  # fmt: skip
        made += struct.pack("<H", len(entries))
        for tag, kind, count, value in entries:
            made += struct.pack("<HHII", tag, kind, count, value)
        last = len(made)
        made += struct.pack("<I", 0)
    return bytes(made)


class FaxMachine(Town):
    """`with` it, `start` it, `send` with it."""

    def __init__(self, settings: Settings, t38: bool) -> None:
        asterisk = find_asterisk(settings)
        assert asterisk is not None
        super().__init__(settings, asterisk, "8001", settings.home / "run" / "heard.wav")
        self._t38 = t38

    def _values(self) -> dict[str, object]:
        known = super()._values()
        return known | {"module_names": f"{town._MODULES} {_MODULES} {'res_pjsip_t38' * self._t38}".split()}

    def _write(self) -> None:
        super()._write()
        if self._t38:
            lines = self.home / "etc" / "pjsip.conf"
            lines.write_text(lines.read_text().replace("disallow = all", "t38_udptl = yes\ndisallow = all", 1))

    def send(self, number: str, file: Path) -> None:
        """Calls the number and sends the file; returns when the call was placed."""
        asyncio.run(self._send(number, file))

    async def _send(self, number: str, file: Path) -> None:
        async with connect("127.0.0.1", self.ami, "hotline", self.secret) as manager:
            done = await manager.action({
                "Action": "Originate", "Channel": f"PJSIP/{number}@citizen-line", "Application": "SendFAX",
                "Data": f"{file},f", "Async": "true", "Timeout": "20000",
            })  # fmt: skip
            assert done.ok, done.message
