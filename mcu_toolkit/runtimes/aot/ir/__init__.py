"""What every part of the compiler speaks of: operators and what they are lowered to, the target, arithmetic equal to TFLM's."""
