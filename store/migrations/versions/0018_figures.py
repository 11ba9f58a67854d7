"""What citizens said of the matter itself, indexes for figures, frozen rankings, remarks for the bulletin."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RETURNS = sa.text("action = 'return'")
REFUSE = "a frozen ranking cannot be changed"
SQLITE = (
    f"""CREATE TRIGGER ranking_lines_no_update BEFORE UPDATE ON ranking_lines
BEGIN SELECT RAISE(ABORT, '{REFUSE}'); END""",
    f"""CREATE TRIGGER ranking_lines_no_delete BEFORE DELETE ON ranking_lines
BEGIN SELECT RAISE(ABORT, '{REFUSE}'); END""",
    f"""CREATE TRIGGER ranking_lines_no_replace BEFORE INSERT ON ranking_lines
WHEN EXISTS (SELECT 1 FROM ranking_lines WHERE ranking = NEW.ranking AND unit = NEW.unit)
BEGIN SELECT RAISE(ABORT, '{REFUSE}'); END""",
)
POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION ranking_lines_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSE}'; END $$""",
    """CREATE TRIGGER ranking_lines_no_change BEFORE UPDATE OR DELETE ON ranking_lines
FOR EACH ROW EXECUTE FUNCTION ranking_lines_refuse()""",
    """CREATE TRIGGER ranking_lines_no_truncate BEFORE TRUNCATE ON ranking_lines
FOR EACH STATEMENT EXECUTE FUNCTION ranking_lines_refuse()""",
)
# What citizens said before there was a column for it.
SAID = """UPDATE tickets SET solved = (
    SELECT answers.value FROM answers
    WHERE answers.ticket = tickets.number AND answers.question = 'solved' AND answers.value IN ('yes', 'partly', 'no')
    ORDER BY answers.at DESC LIMIT 1)
WHERE called_back_at IS NOT NULL"""
_DATES = ("due_return", "due_resolve", "called_back_at")


def upgrade() -> None:
    op.add_column("tickets", sa.Column("solved", sa.String(length=16), nullable=True))
    op.execute(SAID)
    for name in _DATES:
        op.create_index(op.f(f"ix_tickets_{name}"), "tickets", [name])
    op.create_index(
        "ix_ticket_events_returns", "ticket_events", ["at"], sqlite_where=RETURNS, postgresql_where=RETURNS
    )
    op.create_index(op.f("ix_answers_questionnaire_at"), "answers", ["questionnaire", "at"])
    _rankings()
    _appeals()
    op.create_table(
        "bulletin_remarks",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_remarks")),
    )
    op.create_index(op.f("ix_bulletin_remarks_month"), "bulletin_remarks", ["month"])


def _rankings() -> None:
    op.create_table(
        "rankings",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_by", sa.String(length=80), nullable=False),
        sa.Column("appeal_until", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rankings")),
    )
    op.create_index(op.f("ix_rankings_since_until"), "rankings", ["since", "until"], unique=True)
    op.create_table(
        "ranking_lines",
        sa.Column("ranking", BIG_ID, nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("count", sa.JSON(), nullable=False),
        sa.Column("short", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ranking"], ["rankings.id"], name=op.f("fk_ranking_lines_ranking")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_ranking_lines_unit")),
        sa.PrimaryKeyConstraint("ranking", "unit", name=op.f("pk_ranking_lines")),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(statement)


def _appeals() -> None:
    op.create_table(
        "ranking_appeals",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("ranking", BIG_ID, nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ruled_by", sa.String(length=80), nullable=False),
        sa.Column("ruling", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ranking"], ["rankings.id"], name=op.f("fk_ranking_appeals_ranking")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_ranking_appeals_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking_appeals")),
    )
    op.create_index(op.f("ix_ranking_appeals_ranking_unit"), "ranking_appeals", ["ranking", "unit"])


def downgrade() -> None:
    for name in ("bulletin_remarks", "ranking_appeals", "ranking_lines", "rankings"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ranking_lines_refuse()")
    op.drop_index(op.f("ix_answers_questionnaire_at"), table_name="answers")
    op.drop_index("ix_ticket_events_returns", table_name="ticket_events")
    for name in reversed(_DATES):
        op.drop_index(op.f(f"ix_tickets_{name}"), table_name="tickets")
    op.drop_column("tickets", "solved")
