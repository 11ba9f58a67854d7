"""The two programs of a hotline, as the supervisor keeps them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from asterisk_conf.install import Asterisk
from hotline import places
from hotline.settings import Settings
from hotline.supervisor import Part, Sign

ZONE = "Asia/Shanghai"
# The service writes its status every second whatever happens, its heartbeat only while the database answers.
# Silence of the first means it hangs. Of the second alone: a restart may mend a connection that hangs, and costs
# the callers in a flow theirs, so it comes late.
_STATUS_SECONDS = 5.0
_HEARTBEAT_SECONDS = 120.0


def environment(settings: Settings) -> Mapping[str, str]:
    """What both programs see: ours, in China's time zone, with this home and nobody's Python settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "TZ": ZONE, "HOTLINE_HOME": str(settings.home), "PYTHONUNBUFFERED": "1"}


def asterisk(settings: Settings, found: Asterisk) -> Part:
    """Asterisk in the foreground of its own process."""
    home = settings.home
    command = (*found.command, "-C", str(home / places.ASTERISK_CONF), "-f")
    return Part("asterisk", command, home / places.ASTERISK_OUTPUT, environment(settings))


def service(settings: Settings) -> Part:
    """`hotline serve`."""
    home = settings.home
    signs = (Sign(home / places.STATUS, _STATUS_SECONDS), Sign(home / places.HEARTBEAT, _HEARTBEAT_SECONDS))
    command = (sys.executable, "-m", "hotline.cli", "serve")
    return Part("service", command, home / places.SERVICE_OUTPUT, environment(settings), signs, stop_seconds=5.0)
