/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The cosine transform that makes mel-frequency cepstral coefficients of the bands' logarithms. */
#ifndef FRONTEND_CEPSTRUM_H
#define FRONTEND_CEPSTRUM_H

#include "integers.h"

#define FRONTEND_MFCC_ZERO 32768 /* the feature of a coefficient that is 0: features have no signs */

/* One coefficient; `cosines`: a factor for each band, 14 fraction bits; `logs`: 16 bits each. */
static inline uint16_t frontend_coefficient(const int16_t *cosines, const frontend_uint32 *logs, uint32_t bands) {
    int64_t sum = 0;
    for (uint32_t band = 0; band < bands; ++band) {
        sum += (int64_t)cosines[band] * (int32_t)logs[band];
    }
    const int64_t feature = ((sum + 8192) >> 14) + FRONTEND_MFCC_ZERO;
    return feature < 0 ? 0u : feature > 65535 ? 65535u : (uint16_t)feature;
}

#endif
