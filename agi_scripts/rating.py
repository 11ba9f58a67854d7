#!/usr/bin/env python3
"""Asks a caller to rate the call, as a classic AGI script (argument: folder)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ivr.rating import rating
from telephony.script import run_script

if __name__ == "__main__":
    sys.exit(run_script(lambda call: rating(call, call.facts.arguments["folder"])))
