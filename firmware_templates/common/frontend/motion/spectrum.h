/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The energy of one axis in bands of its spectrum. */
#ifndef FRONTEND_MOTION_SPECTRUM_H
#define FRONTEND_MOTION_SPECTRUM_H

#include "../bands.h"
#include "filters.h"

/* Takes `mean` off each sample. */
static inline void frontend_centre(const int16_t *samples, uint16_t count, int32_t mean, int16_t *centred) {
    for (uint16_t i = 0; i < count; ++i) {
        centred[i] = frontend_clamp16(samples[i] - mean);
    }
}

/* The roots of the energies in bins edges[b] to edges[b + 1], with three bits more, shifted back by what the samples
 * were shifted to the left. */
static inline void frontend_motion_bands(const frontend_int16 *spectrum, const uint16_t *edges, uint16_t bands,
                                         uint8_t shift, uint16_t *features) {
    for (uint16_t band = 0; band < bands; ++band) {
        uint64_t energy = 0;
        for (uint32_t bin = edges[band]; bin < edges[band + 1u]; ++bin) {
            energy += frontend_energy(spectrum + 2u * bin);
        }
        const uint32_t root = frontend_root(energy * 64u) >> shift;
        features[band] = (uint16_t)(root < 65535u ? root : 65535u);
    }
}

#endif
