"""The providers: one module each, found by its name. Their words are from their own documents; see each channel."""
