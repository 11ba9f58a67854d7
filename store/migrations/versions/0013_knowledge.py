"""The knowledge base: articles by version, their full-text index, and the answers given from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXPIRING, CHECKED = sa.text("expiry <> ''"), sa.text("next_check IS NOT NULL")
SEARCH_SQLITE = ("CREATE VIRTUAL TABLE knowledge_search USING fts5 (title, body, tokenize='unicode61')",)
SEARCH_POSTGRESQL = (
    """CREATE TABLE knowledge_search (
    version_id bigint CONSTRAINT pk_knowledge_search PRIMARY KEY
        CONSTRAINT fk_knowledge_search_version_id REFERENCES knowledge_versions (id),
    words tsvector NOT NULL)""",
    "CREATE INDEX ix_knowledge_search_words ON knowledge_search USING gin (words) WITH (fastupdate = off)",
)


def upgrade() -> None:
    op.create_table(
        "knowledge_articles",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("expiry", sa.String(16), nullable=False),
        sa.Column("next_check", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_articles")),
        sa.UniqueConstraint("code", name=op.f("uq_knowledge_articles_code")),
    )
    op.create_index("ix_knowledge_expiring", "knowledge_articles", ["expiry", "id"], sqlite_where=EXPIRING,
                    postgresql_where=EXPIRING)
    op.create_index("ix_knowledge_next_check", "knowledge_articles", ["next_check"], sqlite_where=CHECKED,
                    postgresql_where=CHECKED)
    _versions()
    _answers()
    sqlite = op.get_context().dialect.name == "sqlite"
    for statement in SEARCH_SQLITE if sqlite else SEARCH_POSTGRESQL:
        op.execute(statement)


def _versions() -> None:
    op.create_table(
        "knowledge_versions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("article", BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("unit", sa.String(32), nullable=True),
        sa.Column("matter", sa.String(32), nullable=True),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article"], ["knowledge_articles.id"], name=op.f("fk_knowledge_versions_article")),
        sa.ForeignKeyConstraint(["unit"], ["units.code"], name=op.f("fk_knowledge_versions_unit")),
        sa.ForeignKeyConstraint(["matter"], ["matters.code"], name=op.f("fk_knowledge_versions_matter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_versions")),
    )
    op.create_index(op.f("ix_knowledge_versions_article_version"), "knowledge_versions", ["article", "version"],
                    unique=True)


def _answers() -> None:
    op.create_table(
        "knowledge_answers",
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", sa.String(12), nullable=False),
        sa.Column("article", BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["tickets.number"], name=op.f("fk_knowledge_answers_number")),
        sa.ForeignKeyConstraint(["article"], ["knowledge_articles.id"], name=op.f("fk_knowledge_answers_article")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_answers")),
    )
    op.create_index(op.f("ix_knowledge_answers_number_article_version_action"), "knowledge_answers",
                    ["number", "article", "version", "action"], unique=True)
    op.create_index(op.f("ix_knowledge_answers_article_number"), "knowledge_answers", ["article", "number"])


def downgrade() -> None:
    op.execute("DROP TABLE knowledge_search")
    for name in ("knowledge_answers", "knowledge_versions", "knowledge_articles"):
        op.drop_table(name)
