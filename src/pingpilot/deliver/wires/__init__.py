"""The wires that carry what channels say: one module per library, and the guard of private networks."""
