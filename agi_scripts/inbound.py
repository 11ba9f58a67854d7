#!/usr/bin/env python3
"""Greets a caller and asks what for, as a classic AGI script: the main menu."""

import sys
from pathlib import Path

from ivr.main_menu import MenuSettings, main_menu
from ivr.posted import arguments
from telephony.script import run_script

if __name__ == "__main__":
    home = Path(sys.argv[0]).parents[1]  # the script runs from agi-bin/ of the home folder
    sys.exit(run_script(lambda call: main_menu(call, MenuSettings.of(arguments(home, call.facts)))))
