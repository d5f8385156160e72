"""Selling plans through Stripe: its calls, its objects, and what it tells us. Nothing else here knows Stripe."""
