"""Which account sits at which telephone, and what is noted about a citizen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_SEATED = sa.text("left_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "seats",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(8), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_seats_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seats")),
    )
    for column in ("number", "account_id"):
        op.create_index(op.f(f"ix_seats_{column}"), "seats", [column], unique=True, sqlite_where=_SEATED,
                        postgresql_where=_SEATED)
    op.create_index(op.f("ix_seats_account_id_taken_at"), "seats", ["account_id", "taken_at"])
    op.create_table(
        "citizen_notes",
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_citizen_notes")),
    )


def downgrade() -> None:
    op.drop_table("citizen_notes")
    op.drop_table("seats")
