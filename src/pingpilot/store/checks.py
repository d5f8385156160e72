"""CHECK constraints that cost next to nothing, and their change in a table that is full."""

import re
from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, Q


def is_one_of(column: str, values: Iterable[str]) -> Q:
    """Return that a column has one of some values, compared one by one: put the usual one first.

    SQLite builds a table for each ``IN`` of more than two values, whenever a row is written: a fifth of what an event
    costs it.
    """
    return reduce(or_, (Q(**{column: str(value)}) for value in values))


class ReplaceCheck(Operation):
    """Put a constraint in the place of the one of its name; what is stored must obey it.

    On SQLite Django would make the table anew, row by row. **Source:** https://www.sqlite.org/lang_altertable.html,
    section 7: a CHECK may be taken out, or widened, in the schema itself.
    """

    reversible = False

    def __init__(self, model_name: str, constraint: CheckConstraint) -> None:
        """Take the model and its new constraint."""
        self.model_name = model_name
        self.constraint = constraint

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change what Django knows of the model."""
        state.remove_constraint(app_label, self.model_name.lower(), self.constraint.name)
        state.add_constraint(app_label, self.model_name.lower(), self.constraint)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, _before: ProjectState, after: ProjectState
    ) -> None:
        """Change the table."""
        model = after.apps.get_model(app_label, self.model_name)
        if schema_editor.connection.vendor == "sqlite":
            sql = str(self.constraint.constraint_sql(model, schema_editor))
            _rewrite(schema_editor, f"{app_label}_{self.model_name.lower()}", self.constraint.name, sql)
        else:
            schema_editor.remove_constraint(model, self.constraint)
            schema_editor.add_constraint(model, self.constraint)

    def describe(self) -> str:
        """Say what it does."""
        return f"Replace constraint {self.constraint.name} on model {self.model_name}"


def _rewrite(editor: BaseDatabaseSchemaEditor, table: str, name: str, constraint: str) -> None:
    """Change the definition of a table; its rows stay as they are."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
        sql = _replaced(cursor.fetchone()[0], name, constraint)
        cursor.execute("PRAGMA schema_version")
        version = int(cursor.fetchone()[0])
        cursor.execute("PRAGMA writable_schema = ON")
        cursor.execute("UPDATE sqlite_master SET sql = %s WHERE type = 'table' AND name = %s", [sql, table])
        cursor.execute(f"PRAGMA schema_version = {version + 1}")
        cursor.execute("PRAGMA writable_schema = OFF")


def _replaced(sql: str, name: str, constraint: str) -> str:
    """Return a table's definition with another constraint in the place of a named one."""
    start = re.search(rf'CONSTRAINT "{re.escape(name)}" CHECK \(', sql)
    if start is None:
        raise LookupError(f"no constraint {name}")
    end, depth = start.end(), 1
    while depth:
        depth += {"(": 1, ")": -1}.get(sql[end], 0)
        end += 1
    return sql[: start.start()] + constraint + sql[end:]
