"""Alembic's entry point: runs the migrations on the connection that `store.migrate` hands over."""

from __future__ import annotations

from alembic import context

from store.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
