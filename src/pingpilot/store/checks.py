"""CHECK constraints that cost next to nothing, and their change in a table that is full."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from operator import or_

from django.db import DatabaseError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, Model, Q

_REFERENCES = re.compile(r' REFERENCES "\w+" \("\w+"\)( DEFERRABLE INITIALLY DEFERRED)?')
_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"


def is_one_of(column: str, values: Iterable[str]) -> Q:
    """Return that a column has one of some values, compared one by one: put the usual one first.

    SQLite builds a table for each ``IN`` of more than two values, whenever a row is written: a fifth of what an event
    costs it.
    """
    return reduce(or_, (Q(**{column: str(value)}) for value in values))


class ReplaceCheck(Operation):
    """Put a constraint in the place of the one of its name; what is stored must obey it.

    On SQLite Django would make the table anew, row by row. **Source:** https://www.sqlite.org/lang_altertable.html,
    section 7: a CHECK may be taken out, or widened, in the schema itself, and a FOREIGN KEY taken out. Where an SQLite
    defends its schema, the table is made anew all the same, and its triggers with it.
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
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, before: ProjectState, after: ProjectState
    ) -> None:
        """Change the table."""
        old, new = (state.apps.get_model(app_label, self.model_name) for state in (before, after))
        if schema_editor.connection.vendor == "sqlite":
            table = f"{app_label}_{self.model_name.lower()}"
            sql = str(self.constraint.constraint_sql(new, schema_editor))
            if is_rewritten(schema_editor, table, lambda text: _replaced(text, self.constraint.name, sql)):
                return
            with _kept_triggers(schema_editor, table):
                self._swap(schema_editor, old, new)
        else:
            self._swap(schema_editor, old, new)

    def _swap(self, schema_editor: BaseDatabaseSchemaEditor, old: type[Model], new: type[Model]) -> None:
        schema_editor.remove_constraint(old, self.constraint)
        schema_editor.add_constraint(new, self.constraint)

    def describe(self) -> str:
        """Say what it does."""
        return f"Replace constraint {self.constraint.name} on model {self.model_name}"


def without_references(definition: str) -> str:
    """Return a table's definition in which no column names another table."""
    return _REFERENCES.sub("", definition)


def is_rewritten(editor: BaseDatabaseSchemaEditor, table: str, change: Callable[[str], str]) -> bool:
    """Change the definition of a table in SQLite, whose rows stay as they are; False where it must not be written."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
        sql = change(cursor.fetchone()[0])
        cursor.execute("PRAGMA schema_version")
        version = int(cursor.fetchone()[0])
        cursor.execute("PRAGMA writable_schema = ON")
        try:
            cursor.execute("UPDATE sqlite_master SET sql = %s WHERE type = 'table' AND name = %s", [sql, table])
        except DatabaseError:
            return False
        finally:
            cursor.execute("PRAGMA writable_schema = OFF")
        cursor.execute(f"PRAGMA schema_version = {version + 1}")
    return True


@contextmanager
def _kept_triggers(editor: BaseDatabaseSchemaEditor, table: str) -> Iterator[None]:
    """Put back the triggers of a table that is made anew meanwhile."""
    with editor.connection.cursor() as cursor:
        cursor.execute(_TRIGGERS, [table])
        triggers = dict(cursor.fetchall())
        yield
        cursor.execute(_TRIGGERS, [table])
        kept = dict(cursor.fetchall())
    for name in triggers.keys() - kept.keys():
        editor.execute(triggers[name], params=None)


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
