"""Who sees which citizen's tickets on the command line, as the audit log has it."""

from __future__ import annotations

import getpass
from collections.abc import Sequence

from sqlalchemy.orm import Session

from console import audit
from tickets.access import Action, Actor, Role


def on_record(session: Session, action: Action, numbers: Sequence[str]) -> None:
    """Writes which tickets the account of this machine is shown; its name is the system's, not one it gives itself."""
    by = Actor(f"cli:{getpass.getuser()}", Role.ADMIN)
    one = numbers[0] if len(numbers) == 1 else ""
    audit.write(session, audit.Entry(by, str(action), one, "cli", 200, {"tickets": list(numbers)}))
