#!/usr/bin/env python3
"""Hands a progress query to the service, which holds the tickets."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from telephony.relay import relay

if __name__ == "__main__":
    sys.exit(relay("progress"))
