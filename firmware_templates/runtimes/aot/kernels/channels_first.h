/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Weights that are computed while the model runs, brought into the order of the kernels. */
#ifndef AOT_CHANNELS_FIRST_H
#define AOT_CHANNELS_FIRST_H

#include "aot.h"

/* [tap][channel] -> [channel][tap] */
static inline void aot_channels_first(const int8_t *weights, int8_t *arranged, int32_t taps, int32_t channels) {
    for (int32_t c = 0; c < channels; ++c) {
        for (int32_t tap = 0; tap < taps; ++tap) {
            *arranged++ = weights[tap * channels + c];
        }
    }
}

#endif
