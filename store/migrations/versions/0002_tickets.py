"""Tickets, their history and search index, the calendar, units, places, matters and duties."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("closed_at IS NULL")
CLOSED = sa.text("closed_at IS NOT NULL")
CHECKED = sa.text("next_check_at IS NOT NULL")

HISTORY_SQLITE = (
    """CREATE TRIGGER ticket_events_no_update BEFORE UPDATE ON ticket_events
BEGIN SELECT RAISE(ABORT, 'the history of a ticket cannot be changed'); END""",
    """CREATE TRIGGER ticket_events_no_delete BEFORE DELETE ON ticket_events
BEGIN SELECT RAISE(ABORT, 'the history of a ticket cannot be changed'); END""",
    """CREATE TRIGGER ticket_events_no_replace BEFORE INSERT ON ticket_events
WHEN EXISTS (SELECT 1 FROM ticket_events WHERE id = NEW.id OR (ticket_id = NEW.ticket_id AND seq = NEW.seq))
BEGIN SELECT RAISE(ABORT, 'the history of a ticket cannot be changed'); END""",
)
HISTORY_POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION ticket_events_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the history of a ticket cannot be changed'; END $$""",
    """CREATE TRIGGER ticket_events_no_change BEFORE UPDATE OR DELETE ON ticket_events
FOR EACH ROW EXECUTE FUNCTION ticket_events_refuse()""",
    """CREATE TRIGGER ticket_events_no_truncate BEFORE TRUNCATE ON ticket_events
FOR EACH STATEMENT EXECUTE FUNCTION ticket_events_refuse()""",
)
SEARCH_SQLITE = (
    """CREATE VIRTUAL TABLE ticket_search USING fts5 (grams, content='', detail='none', tokenize='unicode61')""",
)
SEARCH_POSTGRESQL = (
    """CREATE TABLE ticket_search (
    ticket_id bigint CONSTRAINT pk_ticket_search PRIMARY KEY
        CONSTRAINT fk_ticket_search_ticket_id REFERENCES tickets (id),
    grams tsvector NOT NULL)""",
    """CREATE INDEX ix_ticket_search_grams ON ticket_search USING gin (grams) WITH (fastupdate = off)""",
)


def upgrade() -> None:
    _calendar()
    _registers()
    _tickets()
    _parts()
    sqlite = op.get_context().dialect.name == "sqlite"
    history, search = (HISTORY_SQLITE, SEARCH_SQLITE) if sqlite else (HISTORY_POSTGRESQL, SEARCH_POSTGRESQL)
    for statement in (*history, *search):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE ticket_search")
    for name in (
        "ticket_units",
        "ticket_events",
        "ticket_attachments",
        "tickets",
        "ticket_sequences",
        "duties",
        "unit_people",
        "territories",
        "units",
        "matters",
        "citizens",
        "calendar_days",
    ):
        op.drop_table(name)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ticket_events_refuse()")


def _calendar() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("region", sa.String(12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(4), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.PrimaryKeyConstraint("region", "day", name=op.f("pk_calendar_days")),
    )


def _registers() -> None:
    op.create_table(
        "citizens",
        sa.Column("id", BIG, nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizens")),
        sa.UniqueConstraint("phone", name=op.f("uq_citizens_phone")),
    )
    op.create_table(
        "matters",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("parent", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["parent"], ["matters.code"], name=op.f("fk_matters_parent")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_matters")),
    )
    op.create_index(op.f("ix_matters_parent"), "matters", ["parent"])
    op.create_table(
        "units",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("body", sa.String(100), nullable=False),
        sa.Column("reporter", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_units")),
        sa.UniqueConstraint("name", name=op.f("uq_units_name")),
    )
    op.create_table(
        "territories",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("parent", sa.String(32), nullable=True),
        sa.Column("unit", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["parent"], ["territories.code"], name=op.f("fk_territories_parent")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_territories_unit")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_territories")),
    )
    op.create_index(op.f("ix_territories_parent"), "territories", ["parent"])
    op.create_table(
        "unit_people",
        sa.Column("id", BIG, nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("duty", sa.String(16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("employer", sa.String(100), nullable=False),
        sa.Column("post", sa.String(100), nullable=False),
        sa.Column("office_phone", sa.String(40), nullable=False),
        sa.Column("mobile", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_unit_people_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_people")),
    )
    op.create_index(op.f("ix_unit_people_unit"), "unit_people", ["unit"])
    op.create_table(
        "duties",
        sa.Column("id", BIG, nullable=False),
        sa.Column("matter", sa.String(32), nullable=False),
        sa.Column("territory", sa.String(32), nullable=True),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("basis", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(["matter"], ["matters.code"], name=op.f("fk_duties_matter")),
        sa.ForeignKeyConstraint(["territory"], ["territories.code"], name=op.f("fk_duties_territory")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_duties_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
    )
    op.create_index(op.f("ix_duties_matter_territory_unit"), "duties", ["matter", "territory", "unit"], unique=True)


def _tickets() -> None:
    op.create_table(
        "ticket_sequences",
        sa.Column("day", sa.String(6), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_ticket_sequences")),
    )
    op.create_table(
        "tickets",
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("source_key", sa.String(200), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("line", sa.String(20), nullable=False),
        sa.Column("queue", sa.String(40), nullable=False),
        sa.Column("agent", sa.String(40), nullable=False),
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("call_kind", sa.String(12), nullable=False),
        sa.Column("recordings", sa.JSON(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("request_type", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("matter", sa.String(32), nullable=True),
        sa.Column("territory", sa.String(32), nullable=True),
        sa.Column("citizen_id", BIG, nullable=True),
        sa.Column("citizen_name", sa.String(50), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("complained_unit", sa.String(32), nullable=True),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("scope_hint", sa.String(16), nullable=False),
        sa.Column("referral", sa.String(300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead_unit", sa.String(32), nullable=True),
        sa.Column("work_plan", sa.Text(), nullable=False),
        sa.Column("plan_leader", sa.String(50), nullable=False),
        sa.Column("fast_track", sa.Boolean(), nullable=False),
        sa.Column("direct", sa.Boolean(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("return_from", sa.String(16), nullable=True),
        sa.Column("return_site", sa.Boolean(), nullable=False),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("extension_asked", sa.Integer(), nullable=False),
        sa.Column("extension_days", sa.Integer(), nullable=False),
        sa.Column("legal_due", sa.Date(), nullable=True),
        sa.Column("legal_basis", sa.String(300), nullable=False),
        sa.Column("clock_from", sa.Date(), nullable=True),
        sa.Column("due_contact", sa.Date(), nullable=True),
        sa.Column("due_return", sa.Date(), nullable=True),
        sa.Column("due_return_site", sa.Date(), nullable=True),
        sa.Column("due_resolve", sa.Date(), nullable=True),
        sa.Column("due_review", sa.Date(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("light", sa.String(16), nullable=False),
        sa.Column("overdue", sa.String(40), nullable=False),
        sa.Column("supervision", sa.String(16), nullable=False),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("beyond_law", sa.Boolean(), nullable=False),
        sa.Column("false_reply", sa.Boolean(), nullable=False),
        sa.Column("callback_by", sa.String(16), nullable=False),
        sa.Column("satisfied", sa.Integer(), nullable=True),
        sa.Column("truthful", sa.Boolean(), nullable=True),
        sa.Column("merged_into", sa.String(12), nullable=True),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("urges", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_tickets_citizen_id")),
        sa.ForeignKeyConstraint(["complained_unit"], ["units.code"], name=op.f("fk_tickets_complained_unit")),
        sa.ForeignKeyConstraint(["lead_unit"], ["units.code"], name=op.f("fk_tickets_lead_unit")),
        sa.ForeignKeyConstraint(["matter"], ["matters.code"], name=op.f("fk_tickets_matter")),
        sa.ForeignKeyConstraint(["merged_into"], ["tickets.number"], name=op.f("fk_tickets_merged_into")),
        sa.ForeignKeyConstraint(["territory"], ["territories.code"], name=op.f("fk_tickets_territory")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("number", name=op.f("uq_tickets_number")),
        sa.UniqueConstraint("source_key", name=op.f("uq_tickets_source_key")),
    )
    op.create_index(op.f("ix_tickets_citizen_id_matter_created_at"), "tickets", ["citizen_id", "matter", "created_at"])
    op.create_index("ix_tickets_closed", "tickets", ["closed_at"], sqlite_where=CLOSED, postgresql_where=CLOSED)
    op.create_index(op.f("ix_tickets_created_at"), "tickets", ["created_at"])
    op.create_index(op.f("ix_tickets_fingerprint_created_at"), "tickets", ["fingerprint", "created_at"])
    op.create_index(op.f("ix_tickets_matter_number"), "tickets", ["matter", "number"])
    op.create_index(op.f("ix_tickets_merged_into"), "tickets", ["merged_into"])
    op.create_index(
        "ix_tickets_next_check", "tickets", ["next_check_at"], sqlite_where=CHECKED, postgresql_where=CHECKED
    )
    op.create_index(
        "ix_tickets_open",
        "tickets",
        ["state", "light", "supervision", "lead_unit", "closed_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_tickets_open_due", "tickets", ["due_resolve", "number"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("ix_tickets_open_light", "tickets", ["light", "number"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(
        "ix_tickets_open_unit",
        "tickets",
        ["lead_unit", "due_resolve", "number"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(op.f("ix_tickets_phone_number"), "tickets", ["phone", "number"])
    op.create_index(op.f("ix_tickets_state_number"), "tickets", ["state", "number"])
    op.create_index(op.f("ix_tickets_territory_number"), "tickets", ["territory", "number"])


def _parts() -> None:
    op.create_table(
        "ticket_attachments",
        sa.Column("id", BIG, nullable=False),
        sa.Column("ticket_id", BIG, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("media_type", sa.String(80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_attachments_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_attachments")),
    )
    op.create_index(op.f("ix_ticket_attachments_ticket_id"), "ticket_attachments", ["ticket_id"])
    op.create_table(
        "ticket_events",
        sa.Column("id", BIG, nullable=False),
        sa.Column("ticket_id", BIG, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("state_from", sa.String(16), nullable=True),
        sa.Column("state_to", sa.String(16), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_events_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_events")),
    )
    op.create_index(op.f("ix_ticket_events_at"), "ticket_events", ["at"])
    op.create_index(op.f("ix_ticket_events_ticket_id_seq"), "ticket_events", ["ticket_id", "seq"], unique=True)
    op.create_table(
        "ticket_units",
        sa.Column("number", sa.String(12), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["number"], ["tickets.number"], name=op.f("fk_ticket_units_number")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_ticket_units_unit")),
        sa.PrimaryKeyConstraint("number", "unit", name=op.f("pk_ticket_units")),
    )
    op.create_index(op.f("ix_ticket_units_unit_part_number"), "ticket_units", ["unit", "part", "number"])
