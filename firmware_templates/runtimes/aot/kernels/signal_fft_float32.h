/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SignalRfft and SignalIrfft in floating point; the inverse divides by its size, the FFT does not. */
#ifndef AOT_SIGNAL_FFT_FLOAT32_H
#define AOT_SIGNAL_FFT_FLOAT32_H

#include "aot.h"

#define FFT_(name) aot_fft_float32_##name
#define FFT_NUMBER aot_float32
#define FFT_VALUE float
#define FFT_ZERO (-0.0f) /* -0 - x is -x for zeros too */
#define FFT_ADD(a, b) ((a) + (b))
#define FFT_SUBTRACT(a, b) ((a) - (b))
#define FFT_HALF(value) ((value) * 0.5f)
#define FFT_DIVIDED(value, divisor) ((void)(divisor), (value))
#define FFT_PRODUCTS(a, b, c, d, sign) ((a) * (b)sign(c) * (d))
#define FFT_SCALED(value, size) ((value) / (float)(size))
#include "signal_fft_stages.h"

#endif
