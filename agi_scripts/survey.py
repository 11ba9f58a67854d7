#!/usr/bin/env python3
"""Asks a citizen about a ticket's result, as a classic AGI script (arguments: folder, and Subject.of)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from callback_survey.flow import survey_of
from telephony.script import run_script

if __name__ == "__main__":
    sys.exit(run_script(survey_of))
