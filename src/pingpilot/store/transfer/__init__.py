"""Moving the embedded database over to PostgreSQL while it is in use: copy, keep up, compare, and a short switch.

``capture`` notes in the source which rows change; ``source`` reads it as of one moment; ``target`` writes; ``ranges``
hold what was compared; ``moving`` puts them together. ``fence`` keeps the old database from being used afterwards.
"""
