"""What every step of the chain uses: its inputs, locks on folders and boards, the up-to-date cache, and progress messages."""
