"""What an owner does, one file per noun; called by console, api and cli alike."""
