"""Stage 4 of 5: attempt it, and decide what the attempt meant."""
