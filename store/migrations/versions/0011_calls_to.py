"""The ledger's calls are found by the number that was dialled: who was called, and when (R23)."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_calls_dialled_started_at"), "calls", ["dialled", "started_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_calls_dialled_started_at"), table_name="calls")
