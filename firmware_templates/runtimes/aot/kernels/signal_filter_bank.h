/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* TFLM's signal operators behind the energies: SignalFilterBank and its square root, logarithm and spectral
 * subtraction, and SignalPCAN.  The arithmetic is that of the audio front end, in frontend/. */
#ifndef AOT_SIGNAL_FILTER_BANK_H
#define AOT_SIGNAL_FILTER_BANK_H

#include "aot.h"

#include "frontend/bands.h"
#include "frontend/logarithm.h"
#include "frontend/noise_reduction.h"
#include "frontend/pcan.h"

/* Bin `bin_starts[b] + i` adds to band b with weight `rising[weight_starts[b] + i]` and to the one behind it with
 * `falling[...]`, for i below `widths[b]`.  Band 0 is only there for what it gives to the next one.  Weights may be
 * negative, and sums wrap around. */
typedef struct {
    int32_t bands;
    const int16_t *bin_starts; /* [bands + 1], as the next two */
    const int16_t *weight_starts;
    const int16_t *widths;
    const int16_t *rising;
    const int16_t *falling;
} aot_signal_bands_layer;

static inline void aot_signal_filter_bank(const aot_signal_bands_layer *layer, const aot_uint32 *energies,
                                          aot_uint64 *output) {
    uint64_t carried = 0;
    for (int32_t band = 0; band <= layer->bands; ++band) {
        const aot_uint32 *bins = energies + layer->bin_starts[band];
        const int16_t *rising = layer->rising + layer->weight_starts[band];
        const int16_t *falling = layer->falling + layer->weight_starts[band];
        uint64_t sum = carried;
        carried = 0;
        for (int32_t i = 0; i < layer->widths[band]; ++i) {
            sum += (uint64_t)(int64_t)rising[i] * bins[i];
            carried += (uint64_t)(int64_t)falling[i] * bins[i];
        }
        if (band != 0) {
            output[band - 1] = sum;
        }
    }
}

/* The square root to the nearest integer, at most 2^32 - 1, of values that are larger than any energy of a band. */
static inline uint32_t aot_signal_large_root(uint64_t value) {
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 62; bit != 0u; bit >>= 2) {
        if (value >= root + bit) {
            value -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint32_t)(root + (value > root && root != UINT32_MAX ? 1u : 0u));
}

/* Roots / 2^scale_bits; of scale_bits, which the model computes, the lower 5 bits count. */
static inline void aot_signal_square_root(const aot_uint64 *input, const aot_int32 *scale_bits, aot_uint32 *output,
                                          int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
        const uint64_t value = input[i];
        const uint32_t root = (value >> 58) != 0u ? aot_signal_large_root(value) : frontend_root(value);
        output[i] = root >> ((uint32_t)*scale_bits & 31u);
    }
}

/* ln(input * 2^correction_bits) * scale / 2^16, at most 32767. */
static inline void aot_signal_log(const aot_uint32 *input, const uint16_t *corrections, aot_int16 *output,
                                  int32_t count, uint32_t correction_bits, uint32_t scale) {
    for (int32_t i = 0; i < count; ++i) {
        const uint32_t value = frontend_log(corrections, input[i] << correction_bits, scale);
        output[i] = (int16_t)(value < (uint32_t)INT16_MAX ? value : (uint32_t)INT16_MAX);
    }
}

/* The noise's estimate is state, and an output too. */
static inline void aot_signal_spectral_subtraction(const frontend_noise_reduction *layer, const aot_uint32 *input,
                                                   aot_uint32 *output, aot_uint32 *noise, aot_uint32 *estimate,
                                                   int32_t bands) {
    frontend_reduce_noise(layer, estimate, input, output, (uint32_t)bands);
    memcpy(noise, estimate, (size_t)bands * sizeof *noise);
}

static inline void aot_signal_pcan(const aot_uint32 *input, const aot_uint32 *noise, const aot_int16 *curve,
                                   aot_uint32 *output, int32_t bands, uint8_t shift) {
    frontend_pcan(curve, shift, noise, input, output, (uint32_t)bands);
}

#endif
