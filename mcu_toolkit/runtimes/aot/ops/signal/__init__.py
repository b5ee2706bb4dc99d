"""TFLM's signal operators: the audio front end as layers of a model."""
