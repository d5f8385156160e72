"""The words: pure types and rules that every stage shares. Imports nothing but the standard library."""
