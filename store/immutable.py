"""Tables that refuse to change: triggers hung on `create_all`. Migrations carry their own copy; tests compare both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import DDL, Table, event


def refusing(table: str, same: str, refusal: str) -> Mapping[str, tuple[str, ...]]:
    """The statements by dialect that let rows be added to `table` and nothing else.

    `same` is the condition by which a row of the table is the NEW one; `refusal` is what who tries is told.
    """
    abort = f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
    return {
        "sqlite": (
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}\n{abort}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}\n{abort}",
            # INSERT OR REPLACE deletes without asking the trigger above.
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}\n"
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})\n{abort}",
        ),
        "postgresql": (
            f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS\n"
            f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$",
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}\n"
            f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}\n"
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
        ),
    }


def hang(table: Table, moment: str, statements: Mapping[str, Iterable[str]]) -> None:
    """Has the statements of the database's dialect run at a moment of the table's life: after_create, before_drop."""
    for dialect, of_dialect in statements.items():
        for statement in of_dialect:
            ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(table, moment, ddl.execute_if(dialect=dialect))
