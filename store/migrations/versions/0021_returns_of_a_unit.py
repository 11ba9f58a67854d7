"""What a unit has applied to give back is found by the unit, however many changes of tickets there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
_RETURNS = sa.text("action = 'return'")


def upgrade() -> None:
    op.create_index(
        "ix_ticket_events_returns_unit", "ticket_events", ["unit", "at"], sqlite_where=_RETURNS,
        postgresql_where=_RETURNS,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_ticket_events_returns_unit", table_name="ticket_events")
