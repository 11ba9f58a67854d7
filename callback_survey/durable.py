"""Calls in progress as durable workflows (DBOS): a call that was begun is finished, whatever is killed meanwhile.

A workflow holds one channel of the trunk from before the call is dialled until it is over. DBOS's queue limits how many
run at once, over all machines, and how many begin in a second; after a crash it runs those that were cut off again,
which then look at the attempt's row and never dial a second time. DBOS gets threads and an event loop of its own: its
waiting for a database that is away must not hold up the loop that serves callers.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

log = logging.getLogger(__name__)

Serve = Callable[[str], Awaitable[str]]
_POLL = 0.1  # seconds between two looks at the queue: a free channel waits no longer
_KEPT = timedelta(days=1)
_VERSION = "1"  # of the workflow; DBOS leaves calls of another version alone


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one trunk: calls at once over all machines, and calls begun a second."""

    trunk: str
    channels: int
    rate: int


class Calls:
    """The queue of calls over one trunk. `url` is DBOS's database; `machine` tells this machine from others."""

    def __init__(self, url: str, machine: str, limits: Limits) -> None:
        self._config = {
            "name": "hotline", "system_database_url": url, "executor_id": machine, "application_version": _VERSION,
            "log_level": "WARNING", "use_listen_notify": False, "sys_db_pool_size": 5,
        }  # fmt: skip
        self._limits = limits
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="durable")
        self._dbos: Any = None
        self._workflow: Any = None

    @property
    def up(self) -> bool:
        """Whether calls can be put in."""
        return self._workflow is not None

    async def start(self, serve: Serve) -> None:
        """Returns when calls are taken and those cut off are taken up again. Raises what DBOS raises."""
        main = asyncio.get_running_loop()

        async def callback(call: str) -> str:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_serving(serve, call), main))

        await self._in_thread(functools.partial(self._launch, callback))

    def _launch(self, callback: Serve) -> None:
        # Imported here: it takes half a second, which commands that call nobody need not wait.
        logging.getLogger("dbos").addHandler(logging.NullHandler())
        from dbos import DBOS

        DBOS.destroy(destroy_registry=True)
        DBOS(config=self._config)  # type: ignore[arg-type]
        workflow = DBOS.workflow(name="callback")(callback)
        DBOS.launch()
        limits = self._limits
        DBOS.register_queue(
            limits.trunk, global_concurrency=limits.channels, limiter={"limit": limits.rate, "period": 1.0},
            polling_interval_sec=_POLL, on_conflict="always_update",
        )  # fmt: skip
        logging.getLogger("dbos").propagate = True
        self._dbos, self._workflow = DBOS, workflow

    async def put(self, call: str) -> None:
        """Puts a call in the queue; one that was put in before is not put in again."""
        await self._in_thread(functools.partial(self._put, call))

    def _put(self, call: str) -> None:
        from dbos import SetWorkflowID

        with SetWorkflowID(call):
            self._dbos.enqueue_workflow(self._limits.trunk, self._workflow, call)

    async def forget_old(self) -> None:
        """Deletes what DBOS keeps of calls that were over a day ago."""
        await self._in_thread(self._forget)

    def _forget(self) -> None:
        before = (datetime.now(UTC) - _KEPT).isoformat()
        old = self._dbos.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"], end_time=before, limit=1000, load_input=False, load_output=False
        )
        if old:
            self._dbos.delete_workflows([one.workflow_id for one in old])

    async def close(self) -> None:
        """Cuts the workflows; they are taken up again at the next start."""
        if self._dbos is not None:
            await self._in_thread(self._dbos.destroy)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, work: Callable[[], Any]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, work)


async def _serving(serve: Serve, call: str) -> str:
    return await serve(call)
