"""The ledger: Asterisk's rows, calls and emergency records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _raw_tables()
    _calls()
    _emergencies()
    _reading()


def _raw_tables() -> None:
    op.create_table(
        "cel_events",
        sa.Column("linkedid", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("uniqueid", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("exten", sa.String(), nullable=False),
        sa.Column("app", sa.String(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("linkedid", "at", "digest", name=op.f("pk_cel_events")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "queue_log",
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("at", "digest", name=op.f("pk_queue_log")),
    )
    op.create_index(op.f("ix_queue_log_call"), "queue_log", ["call"])
    op.create_index(op.f("ix_queue_log_event_at"), "queue_log", ["event", "at"])
    op.create_table(
        "call_legs",
        sa.Column("uniqueid", sa.String(), nullable=False),
        sa.Column("linkedid", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("uniqueid", "linkedid", name=op.f("pk_call_legs")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_call_legs_linkedid"), "call_legs", ["linkedid"])


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("dialled", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disposition", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("wait_s", sa.Double(), nullable=False),
        sa.Column("talk_s", sa.Double(), nullable=False),
        sa.Column("hold_s", sa.Double(), nullable=False),
        sa.Column("ring_s", sa.Double(), nullable=False),
        sa.Column("ticket_no", sa.String(), nullable=False),
        sa.Column("attempt", sa.String(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("emergency", sa.String(), nullable=False),
        sa.Column("callback", sa.String(), nullable=False),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.Column("agents", sa.JSON(), nullable=False),
        sa.Column("recordings", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("handed_over", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_calls")),
    )
    op.create_index(op.f("ix_calls_started_at"), "calls", ["started_at"])
    op.create_index(op.f("ix_calls_caller_started_at"), "calls", ["caller", "started_at"])
    op.create_index(op.f("ix_calls_disposition_started_at"), "calls", ["disposition", "started_at"])
    op.create_index(op.f("ix_calls_handed_over"), "calls", ["handed_over"])
    op.create_index(op.f("ix_calls_ticket_no"), "calls", ["ticket_no"])


def _emergencies() -> None:
    op.create_table(
        "emergencies",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("pressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calling_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ringing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agent_joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("recording", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name=op.f("fk_emergencies_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "number", name=op.f("pk_emergencies")),
    )
    op.create_index(op.f("ix_emergencies_pressed_at"), "emergencies", ["pressed_at"])


def _reading() -> None:
    op.create_table(
        "read_positions",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("inode", sa.String(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "inode", name=op.f("pk_read_positions")),
    )
    op.create_table(
        "bad_lines",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "digest", name=op.f("pk_bad_lines")),
    )


def downgrade() -> None:
    for table in ("bad_lines", "read_positions", "emergencies", "calls", "call_legs", "queue_log", "cel_events"):
        op.drop_table(table)
