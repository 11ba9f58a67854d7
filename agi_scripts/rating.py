#!/usr/bin/env python3
"""Asks a caller to rate the call, as a classic AGI script; by key alone."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from callback_survey.flow import rating_of
from callback_survey.posted import asked
from telephony.script import run_script

if __name__ == "__main__":
    home = Path(sys.argv[0]).parents[1]  # the script runs from agi-bin/ of the home folder
    sys.exit(run_script(lambda call: rating_of(call, lambda name: asked(home, name))))
