"""The tallies of grown events, made as the events are: by the database, in a few statements.

The service would make them itself, but leaves others their time meanwhile: ten million events take it a quarter of an
hour.
"""

SERIES = """
    INSERT INTO store_series (workspace_id, category, name)
    SELECT id, 0, '' FROM store_workspace WHERE id >= {workspace} AND id < {workspace} + {keys}
    UNION ALL
    SELECT workspace_id, id, name FROM store_category
    WHERE workspace_id >= {workspace} AND workspace_id < {workspace} + {keys}
"""
COUNTS = """
    CREATE TEMPORARY TABLE grown AS {past}
    SELECT workspace, {category} + (workspace - {workspace}) * 5 + kind AS category, {happened} / 900000 AS slot,
        count(*) AS events, sum(whole * 100 + cents) AS amount, sum(quantity) AS quantity
    FROM e GROUP BY 1, 2, 3
"""
TALLIES = """
    INSERT INTO store_tally (series_id, slots, slot, events, fields)
    SELECT s.id, {slots}, g.slot / {slots} * {slots}, sum(g.events), '{{"amount":[0,' || sum(g.events) || ','
        || sum(g.events) || ',"' || {amount} || '"],"quantity":[1,' || sum(g.events) || ',' || sum(g.events) || ',"'
        || sum(g.quantity) || '"],"plan":[2,' || sum(g.events) || '],"customer":[3,' || sum(g.events) || ']}}'
    FROM grown g JOIN store_series s ON s.workspace_id = g.workspace AND s.category = {of}
    GROUP BY 1, 3
"""
LEVELS = [(slots, of) for slots in (1, 96) for of in ("0", "g.category")]
"""Of all and of each category, by slots and by days: the values of ``slots`` and ``of``."""
MARK = "UPDATE store_tallymark SET turn = turn + 1, upto = {last}, reached = {last}"
LAST = "(SELECT id FROM store_event ORDER BY id DESC LIMIT 1)"
END = "DROP TABLE grown"
IS_BEHIND = "SELECT 1 FROM store_tallymark WHERE EXISTS (SELECT 1 FROM store_event e WHERE e.id > upto)"
