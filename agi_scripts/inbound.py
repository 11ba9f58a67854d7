#!/usr/bin/env python3
"""Greets a caller and asks what for, as a classic AGI script: the main menu (arguments: MenuSettings.of)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ivr.main_menu import MenuSettings, main_menu
from telephony.script import run_script

if __name__ == "__main__":
    sys.exit(run_script(lambda call: main_menu(call, MenuSettings.of(call.facts.arguments))))
