"""What every step of the chain works with: its inputs, the folders and boards it holds, what is up to date, and how it tells of itself."""
