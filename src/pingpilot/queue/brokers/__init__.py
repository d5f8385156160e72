"""The brokers: each carries ids from those who commit to those who deliver."""
