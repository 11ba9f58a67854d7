"""Messages from and to citizens: SMS, mail, fax, apps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("fate = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("fate", sa.String(16), nullable=False),
        sa.Column("peer", sa.String(200), nullable=False),
        sa.Column("number", sa.String(12), nullable=True),
        sa.Column("answers", BIG, nullable=True),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["tickets.number"], name=op.f("fk_messages_number")),
        sa.ForeignKeyConstraint(["answers"], ["messages.id"], name=op.f("fk_messages_answers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
    )
    op.create_index("ix_messages_due", "messages", ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING)
    for columns in (["number", "peer"], ["peer", "at"], ["at"], ["answers"]):
        op.create_index(op.f(f"ix_messages_{'_'.join(columns)}"), "messages", columns)


def downgrade() -> None:
    op.drop_table("messages")
