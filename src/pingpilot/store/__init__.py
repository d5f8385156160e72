"""Stage 2 of 5: keep it. The tables, the writer that shares one commit among many, and what others may ask."""
