"""Operators with a variant for cores with Helium, the vector extension of Cortex-M55 and M85."""
