"""Attempts and answers are found by their time: figures and today's calls cost the same after years."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_survey_attempts_started_at"), "survey_attempts", ["started_at"])
    op.create_index(op.f("ix_answers_at"), "answers", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_answers_at"), table_name="answers")
    op.drop_index(op.f("ix_survey_attempts_started_at"), table_name="survey_attempts")
