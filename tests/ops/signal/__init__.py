"""TFLM's signal operators against TFLM."""
