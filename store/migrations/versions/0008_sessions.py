"""Sessions of the pages; an account's first password and its second factor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Server defaults, because the accounts there already need a value.
    op.add_column("accounts", sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("accounts", sa.Column("totp", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("accounts", sa.Column("totp_last", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "sessions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second", sa.Boolean(), nullable=False),
        sa.Column("totp_offered", sa.String(length=64), nullable=False),
        sa.Column("remote", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("hash", name=op.f("uq_sessions_hash")),
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"])
    op.create_index(op.f("ix_sessions_seen_at"), "sessions", ["seen_at"])


def downgrade() -> None:
    op.drop_table("sessions")
    for name in ("totp_last", "totp", "must_change"):
        op.drop_column("accounts", name)
