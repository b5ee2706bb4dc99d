"""Convolutions for cores with the DSP extension: what kernels/dsp/ needs to be worked out before compilation."""
