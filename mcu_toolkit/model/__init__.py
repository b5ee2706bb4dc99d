"""Models: reading .tflite files into a checked graph.  `read_model(path)`, `parse_model(bytes, name)`."""
