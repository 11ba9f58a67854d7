"""The ledger's moments in the queue and at the agent, and transfers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("calls", sa.Column("agent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("calls", sa.Column("pickup_s", sa.Double(), nullable=True))
    op.add_column("calls", sa.Column("transfers", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    for name in ("transfers", "pickup_s", "agent_at", "queued_at"):
        op.drop_column("calls", name)
