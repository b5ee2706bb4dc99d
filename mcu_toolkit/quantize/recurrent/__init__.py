"""Recurrent Keras layers (LSTM, GRU, SimpleRNN) as one operator each, never as the loop that TensorFlow's converter makes of them.

- `layer`     what is known of a layer, as records, and which layers have a fused form
- `cut`       the Keras model without its recurrent layers: what they give becomes inputs, what they take outputs
- `observe`   what they take over a representative set, and what they give, in floating point
- `fuse`      the rest is converted as any model is, and the operators are put back in between
"""
