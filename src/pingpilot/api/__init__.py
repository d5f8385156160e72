"""The REST API: one file per resource, on the same use cases, errors and sentences as the other doors."""
