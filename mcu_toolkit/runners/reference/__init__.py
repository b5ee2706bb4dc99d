"""The golden results of models with operators of our own: a Python reference for these, TFLM's interpreter for all others."""
