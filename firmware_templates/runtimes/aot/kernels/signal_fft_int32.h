/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SignalRfft and SignalIrfft in 32-bit integers: factors have 31 fraction bits, each stage divides by its radix first,
 * and sums that leave 32 bits wrap around. */
#ifndef AOT_SIGNAL_FFT_INT32_H
#define AOT_SIGNAL_FFT_INT32_H

#include "aot.h"

static inline int32_t aot_fft_int32_round(int64_t product) {
    return (int32_t)((product + (INT64_C(1) << 30)) >> 31);
}

#define FFT_(name) aot_fft_int32_##name
#define FFT_NUMBER aot_int32
#define FFT_VALUE int32_t
#define FFT_ZERO 0
#define FFT_ADD(a, b) ((int32_t)((uint32_t)(a) + (uint32_t)(b)))
#define FFT_SUBTRACT(a, b) ((int32_t)((uint32_t)(a) - (uint32_t)(b)))
#define FFT_HALF(value) ((value) >> 1)
#define FFT_DIVIDED(value, divisor) aot_fft_int32_round((int64_t)(value) * (INT32_MAX / (divisor)))
#define FFT_PRODUCTS(a, b, c, d, sign) aot_fft_int32_round((int64_t)(a) * (b)sign(int64_t)(c) * (d))
#define FFT_SCALED(value, size) (value)
#include "signal_fft_stages.h"

#endif
