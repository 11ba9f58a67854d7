"""Callbacks: attempts and answers; and the numbers of elderly citizens, who skip the menu."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey_attempts",
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("ticket", sa.String(length=12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_survey_attempts")),
    )
    op.create_index(op.f("ix_survey_attempts_outcome"), "survey_attempts", ["outcome"])
    op.create_index(op.f("ix_survey_attempts_ticket_number"), "survey_attempts", ["ticket", "number"], unique=True)
    op.create_table(
        "answers",
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.String(length=80), nullable=False),
        sa.Column("ticket", sa.String(length=12), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=12), nullable=False),
        sa.Column("version", sa.String(length=12), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "question", name=op.f("pk_answers")),
    )
    op.create_index(op.f("ix_answers_ticket_at"), "answers", ["ticket", "at"])
    op.create_table(
        "elderly_numbers",
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_elderly_numbers")),
    )


def downgrade() -> None:
    for name in ("elderly_numbers", "answers", "survey_attempts"):
        op.drop_table(name)
