/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* TFLM's signal operators around the FFT: SignalWindow, SignalFftAutoScale and SignalEnergy. */
#ifndef AOT_SIGNAL_WINDOW_H
#define AOT_SIGNAL_WINDOW_H

#include "aot.h"

#include "frontend/integers.h"

/* Frames of `size` samples times `weights`, / 2^shift, limited to 16 bits. */
static inline void aot_signal_window(const aot_int16 *input, const aot_int16 *weights, aot_int16 *output,
                                     int32_t frames, int32_t size, int32_t shift) {
    for (int32_t frame = 0; frame < frames; ++frame) {
        for (int32_t i = 0; i < size; ++i) {
            output[i] = aot_clamp_int16(((int32_t)input[i] * weights[i]) >> shift, INT16_MIN, INT16_MAX);
        }
        input += size;
        output += size;
    }
}

/* The largest absolute value as TFLM finds it: one of -32768, which has none in 16 bits, makes all before it forgotten
 * and any larger number the largest, a negative one too. */
static inline int16_t aot_signal_peak(const aot_int16 *input, int32_t count) {
    int16_t peak = 0;
    for (int32_t i = 0; i < count; ++i) {
        const int16_t value = input[i];
        if (value > peak) {
            peak = value;
        } else if (-(int32_t)value > peak) {
            peak = (int16_t)(-(int32_t)value);
        } else {
            /* not larger */
        }
    }
    return peak;
}

/* The samples as far to the left as their peak allows; `scale_bits`: how far that is, 0 where all are 0. */
static inline void aot_signal_auto_scale(const aot_int16 *input, aot_int16 *output, aot_int32 *scale_bits,
                                         int32_t count) {
    const int16_t peak = aot_signal_peak(input, count);
    const int32_t bits = peak > 0 ? 15 - (int32_t)frontend_bits((uint32_t)peak) : 0;
    for (int32_t i = 0; i < count; ++i) {
        output[i] = (int16_t)(uint16_t)((uint32_t)input[i] << bits);
    }
    *scale_bits = bits;
}

/* |number|^2 of the numbers from `start` to `end`; TFLM leaves the others as they are in its memory, here they are 0.
 */
static inline void aot_signal_energy(const aot_int16 *input, aot_uint32 *output, int32_t count, int32_t start,
                                     int32_t end) {
    for (int32_t i = 0; i < count; ++i) {
        const int32_t real = input[2 * i];
        const int32_t imaginary = input[2 * i + 1];
        output[i] = i >= start && i < end ? (uint32_t)(real * real) + (uint32_t)(imaginary * imaginary) : UINT32_C(0);
    }
}

#endif
