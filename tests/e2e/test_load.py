"""Many citizens at once, placed by SIPp as the carrier would: every one is served and in the ledger.

SIPp is no Python package (Debian: sip-tester). In CI it is never left out: without it these tests fail.
"""

from __future__ import annotations

import os

from bench import load, sipp
from bench.sipp import Burst, Ending
from tests.hotline_fixture import Hotline

# 30 calls at once: ten a second, each three seconds long.
BUSY = Burst("12345", calls=60, rate=10, most=30, listen=2.5, ending=Ending.CITIZEN)

if sipp.find() or os.environ.get("CI"):

    def test_no_call_fails_and_none_is_missing_from_the_ledger(hotline: Hotline) -> None:
        """Issue 2, Speed and Ledger: no failed call under load, one row a visit."""
        carried = load.carry(hotline, BUSY)
        assert (carried.placed.done, carried.placed.failed) == (BUSY.calls, 0), carried.placed.failures
        assert (carried.missing, carried.double) == (0, 0)
        assert carried.most > 1, "the calls came one after the other"

    def test_each_call_of_the_load_has_one_disposition_and_its_key(hotline: Hotline) -> None:
        """The ledger's rows are the calls that were made, whole: ended, settled, with the key that was pressed."""
        carried = load.carry(hotline, Burst("96128", 10, 10, 10, 1.0, Ending.CITIZEN))
        rows = [row for row in hotline.json("calls", "list") if row["caller"] in carried.placed.callers]
        assert len(rows) == 10
        assert all(row["disposition"] not in ("", "open") and row["dialled"] == "96128" for row in rows)
        # On a machine too slow for the service the fallback serves, which notes no key but danger's.
        keys = [[pressed["key"] for pressed in row["path"]] for row in rows]
        assert keys.count(["1"]) >= 10 - carried.fallen
