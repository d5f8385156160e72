"""Stripe on the loopback: its API, its checkout and portal to click, and its events."""
