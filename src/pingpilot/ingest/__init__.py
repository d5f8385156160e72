"""Stage 1 of 5: accept an event. Raw ASGI, one commit shared with the neighbours, then the answer."""
