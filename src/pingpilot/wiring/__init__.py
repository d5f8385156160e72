"""The plug board: the one package that knows the concrete parts and plugs them together."""
