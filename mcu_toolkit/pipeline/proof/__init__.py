"""That the board computes what the host computes: every runner on the same samples, compared, and the first difference located."""
