"""Template tags of the reference page."""
