"""Train, quantize, compile, flash and prove int8 models on microcontrollers."""

__version__ = "0.1.0"
