"""Watching things happen: open pages are told what changed, ready drawn, in an answer that does not end."""
