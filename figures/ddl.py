"""A frozen ranking refuses to change; hung on `create_all`, the migration carries its own copy."""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

_REFUSE = "a frozen ranking cannot be changed"
SQLITE = (
    f"""CREATE TRIGGER ranking_lines_no_update BEFORE UPDATE ON ranking_lines
BEGIN SELECT RAISE(ABORT, '{_REFUSE}'); END""",
    f"""CREATE TRIGGER ranking_lines_no_delete BEFORE DELETE ON ranking_lines
BEGIN SELECT RAISE(ABORT, '{_REFUSE}'); END""",
    # INSERT OR REPLACE deletes without asking the trigger above.
    f"""CREATE TRIGGER ranking_lines_no_replace BEFORE INSERT ON ranking_lines
WHEN EXISTS (SELECT 1 FROM ranking_lines WHERE ranking = NEW.ranking AND unit = NEW.unit)
BEGIN SELECT RAISE(ABORT, '{_REFUSE}'); END""",
)
POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION ranking_lines_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_REFUSE}'; END $$""",
    """CREATE TRIGGER ranking_lines_no_change BEFORE UPDATE OR DELETE ON ranking_lines
FOR EACH ROW EXECUTE FUNCTION ranking_lines_refuse()""",
    """CREATE TRIGGER ranking_lines_no_truncate BEFORE TRUNCATE ON ranking_lines
FOR EACH STATEMENT EXECUTE FUNCTION ranking_lines_refuse()""",
)


def attach(lines: Table) -> None:
    """Hangs the statements on the creation of the table."""
    for dialect, statements in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
        for statement in statements:
            ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(lines, "after_create", ddl.execute_if(dialect=dialect))
