/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The sums of bands.h, four bins at a time. */
#ifndef FRONTEND_BANDS_MVE_H
#define FRONTEND_BANDS_MVE_H

#include "integers.h"

#include <arm_mve.h>

/* See frontend_add_bins in bands.h. */
static inline void frontend_add_bins(const frontend_int16 *numbers, const uint16_t *rising, const uint16_t *falling,
                                     uint32_t count, uint64_t *up, uint64_t *down) {
    for (uint32_t i = 0; i < count; i += 4u) {
        const mve_pred16_t there = vctp32q(count - i);
        const int16x8_t bins = vldrhq_z_s16(numbers + 2u * i, there);
        const int32x4_t energy = vaddq_s32(vmullbq_int_s16(bins, bins), vmulltq_int_s16(bins, bins));
        const uint32x4_t energies = vreinterpretq_u32_s32(energy);
        *up = vmlaldavaq_u32(*up, energies, vldrhq_z_u32(rising + i, there));
        *down = vmlaldavaq_u32(*down, energies, vldrhq_z_u32(falling + i, there));
    }
}

#endif
