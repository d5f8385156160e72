"""One file per chore: what has to be done again and again, whoever asks."""
