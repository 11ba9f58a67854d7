"""Telling PostgreSQL's planner what it cannot know; other databases are left alone."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_SET = text("SELECT set_config(:name, :value, true)")


def plan_with(session: Session, **settings: str) -> None:
    """Sets planner settings until the end of the transaction."""
    if session.get_bind().dialect.name == "postgresql":
        for name, value in settings.items():
            session.execute(_SET, {"name": name, "value": value})


def plan_for_values(session: Session) -> None:
    """Has statements planned for their own values: a plan kept for any unit or word is a bad one for most."""
    plan_with(session, plan_cache_mode="force_custom_plan")
