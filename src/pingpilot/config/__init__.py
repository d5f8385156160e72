"""Settings: read once at start, checked, and passed on as values. The one place that asks the world for anything."""
