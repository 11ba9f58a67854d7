"""What was heard may be a whole reason's words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SHORT = sa.String(length=80)


def upgrade() -> None:
    with op.batch_alter_table("answers") as answers:
        answers.alter_column("heard", existing_type=SHORT, type_=sa.Text(), existing_nullable=False)


def downgrade() -> None:
    op.execute("UPDATE answers SET heard = substr(heard, 1, 80)")
    with op.batch_alter_table("answers") as answers:
        answers.alter_column("heard", existing_type=sa.Text(), type_=SHORT, existing_nullable=False)
