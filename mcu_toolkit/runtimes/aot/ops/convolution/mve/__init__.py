"""Convolutions for cores with Helium (MVE): what kernels/mve/ needs to be worked out before compilation."""
