"""Accounts: sign-up, verification, sign-in and reset through allauth, and what a new account brings with it."""
