"""What the service does once it is up, so that nobody waits for it later."""

from __future__ import annotations

import asyncio
import gc

from figures import words


async def settle() -> None:
    """Returns when the dictionary of words is open and what stays for good is left out of the search for garbage.

    Both hold up every thread, the dictionary for a third of a second, and a search through all that the service is made
    of for a tenth: better now than in the middle of somebody's call or page.
    """
    await asyncio.to_thread(words.prepare)
    gc.collect()
    gc.freeze()
