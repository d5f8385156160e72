"""The fault laboratory: what becomes of events while processes are killed and providers misbehave. ``make lab``."""
