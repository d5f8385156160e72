"""One file per page: identify, parse, call one use case, present."""
