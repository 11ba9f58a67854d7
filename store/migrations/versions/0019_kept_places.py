"""A place in the queue that a task keeps, and the trunk that a call came or went by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("missed_tasks", sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("calls", sa.Column("trunk", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("calls", "trunk")
    op.drop_column("missed_tasks", "kept_at")
