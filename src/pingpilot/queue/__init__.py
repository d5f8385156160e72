"""Stage 3 of 5: hand it over. Ids, never payloads; the store is the truth."""
