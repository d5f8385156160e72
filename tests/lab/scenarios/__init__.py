"""The scenarios: one module each, with a sentence for its docstring and ``run``."""
