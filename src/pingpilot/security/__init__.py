"""Sealing of secrets at rest, and what may be kept of a client's address."""
