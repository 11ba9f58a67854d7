"""The callback run: the callback of each ticket, numbers not to be called, pauses; attempts that share a call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None

OPEN = sa.text("outcome = ''")


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("ticket", sa.String(length=12), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_callbacks")),
    )
    op.create_index(op.f("ix_callbacks_stage_due_at"), "callbacks", ["stage", "due_at"])
    op.create_index(op.f("ix_callbacks_phone_stage_due_at"), "callbacks", ["phone", "stage", "due_at"])
    op.create_index(op.f("ix_callbacks_token"), "callbacks", ["token"])
    op.create_table(
        "do_not_call",
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("ticket", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_do_not_call")),
    )
    op.create_table(
        "callback_pauses",
        sa.Column("trunk", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("trunk", name=op.f("pk_callback_pauses")),
    )
    with op.batch_alter_table("survey_attempts") as table:
        table.add_column(sa.Column("call", sa.String(length=80), nullable=True))
        table.add_column(sa.Column("dialled_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE survey_attempts SET call = channel, dialled_at = started_at")
    with op.batch_alter_table("survey_attempts") as table:
        table.alter_column("call", existing_type=sa.String(length=80), nullable=False)
    op.create_index(op.f("ix_survey_attempts_call"), "survey_attempts", ["call"])
    op.create_index(
        "ix_survey_attempts_open", "survey_attempts", ["ticket"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    op.drop_index("ix_survey_attempts_open", table_name="survey_attempts")
    op.drop_index(op.f("ix_survey_attempts_call"), table_name="survey_attempts")
    with op.batch_alter_table("survey_attempts") as table:
        table.drop_column("dialled_at")
        table.drop_column("call")
    for name in ("callback_pauses", "do_not_call", "callbacks"):
        op.drop_table(name)
