"""The index of the search: FTS5 over a table of words on SQLite, a column of lexemes with a GIN index on PostgreSQL."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SQLITE = (
    "CREATE TABLE store_search (number INTEGER PRIMARY KEY, event_id char(32) NOT NULL UNIQUE, words text NOT NULL)",
    "CREATE VIRTUAL TABLE store_search_words USING fts5("
    "words, content='store_search', content_rowid='number', tokenize=\"ascii tokenchars '#'\", detail=none)",
    "CREATE TRIGGER store_search_filed AFTER INSERT ON store_search BEGIN "
    "INSERT INTO store_search_words(rowid, words) VALUES (new.number, new.words); END",
    "CREATE TRIGGER store_search_dropped AFTER DELETE ON store_search BEGIN "
    "INSERT INTO store_search_words(store_search_words, rowid, words) VALUES ('delete', old.number, old.words); END",
    "CREATE TRIGGER store_event_forgotten AFTER DELETE ON store_event BEGIN "
    "DELETE FROM store_search WHERE event_id = old.id; END",
)
POSTGRESQL = (
    "CREATE TABLE store_search (number bigint PRIMARY KEY, "
    "event_id uuid NOT NULL UNIQUE REFERENCES store_event (id) ON DELETE CASCADE, words tsvector NOT NULL)",
    "CREATE INDEX store_search_words ON store_search USING gin (words)",
)


def create(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the tables of the database at hand."""
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0002_lists'),
    ]

    operations = [
        migrations.RunPython(create),
    ]
