"""What an inference costs: instructions and time on a board, layer by layer, and which kernel variants are the cheapest."""
