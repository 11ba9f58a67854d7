"""Questionnaires by version; answers by voice, for several tickets in one call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "questionnaires",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_questionnaires")),
    )
    with op.batch_alter_table("answers") as answers:
        answers.add_column(sa.Column("questionnaire", sa.String(length=40), nullable=False, server_default=""))
        answers.add_column(sa.Column("confidence", sa.Double(), nullable=True))
        answers.add_column(sa.Column("heard", sa.String(length=80), nullable=False, server_default=""))
        answers.add_column(sa.Column("start", sa.Double(), nullable=True))
        _key(answers, "call_id", "ticket", "question")
    # The defaults were for the rows that are there; from now on every row says so itself.
    with op.batch_alter_table("answers") as answers:
        answers.alter_column("questionnaire", server_default=None)
        answers.alter_column("heard", server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM answers WHERE ticket > (SELECT min(a.ticket) FROM answers AS a "
               "WHERE a.call_id = answers.call_id AND a.question = answers.question)")
    with op.batch_alter_table("answers") as answers:
        _key(answers, "call_id", "question")
        for name in ("start", "heard", "confidence", "questionnaire"):
            answers.drop_column(name)
    op.drop_table("questionnaires")


def _key(answers: op.BatchOperations, *columns: str) -> None:  # type: ignore[name-defined]
    answers.drop_constraint("pk_answers", type_="primary")
    answers.create_primary_key("pk_answers", list(columns))
