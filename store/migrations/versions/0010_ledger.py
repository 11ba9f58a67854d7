"""The ledger's moments in the queue and at the agent, transfers; and tasks to call back who was missed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("calls", sa.Column("agent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("calls", sa.Column("pickup_s", sa.Double(), nullable=True))
    op.add_column("calls", sa.Column("transfers", sa.Integer(), server_default="0", nullable=False))
    _tasks()
    op.create_table(
        "missed_calls",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("task", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["task"], ["missed_tasks.id"], name=op.f("fk_missed_calls_task")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_missed_calls")),
    )
    op.create_index(op.f("ix_missed_calls_task"), "missed_calls", ["task"])
    op.create_table(
        "missed_attempts",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("task", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["task"], ["missed_tasks.id"], name=op.f("fk_missed_attempts_task")),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_missed_attempts")),
    )
    op.create_index(op.f("ix_missed_attempts_task"), "missed_attempts", ["task"])
    op.create_index(op.f("ix_missed_attempts_outcome"), "missed_attempts", ["outcome"])


def _tasks() -> None:
    op.create_table(
        "missed_tasks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("open_phone", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assignee", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed_tasks")),
    )
    op.create_index(op.f("ix_missed_tasks_open_phone"), "missed_tasks", ["open_phone"], unique=True)
    op.create_index(op.f("ix_missed_tasks_phone_last_at"), "missed_tasks", ["phone", "last_at"])
    op.create_index(op.f("ix_missed_tasks_state_due_at"), "missed_tasks", ["state", "due_at"])


def downgrade() -> None:
    for name in ("missed_attempts", "missed_calls", "missed_tasks"):
        op.drop_table(name)
    for name in ("transfers", "pickup_s", "agent_at", "queued_at"):
        op.drop_column("calls", name)
