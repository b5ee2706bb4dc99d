"""Operators with a variant for cores with the DSP extension (Cortex-M4, M7, M33)."""
