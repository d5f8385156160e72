"""Doors that other services' clients and webhooks know: one pure file per service, onto the same ingest."""
