"""The chain: each function is one stage or several in a row, on records that stages hand each other."""
