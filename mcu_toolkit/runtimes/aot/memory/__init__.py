"""Where tensors and state lie."""
