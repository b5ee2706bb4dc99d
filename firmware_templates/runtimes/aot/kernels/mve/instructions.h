/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the kernels for cores with Helium (MVE, Cortex-M55 and M85) share. */
#ifndef AOT_MVE_INSTRUCTIONS_H
#define AOT_MVE_INSTRUCTIONS_H

#include "../aot.h"

#include <arm_mve.h>

/* Channels whose sums are kept between products and rescaling; AOT_MVE_BLOCK of runtimes/aot/mve/matrix.py. */
#define AOT_MVE_BLOCK 64
/* Words of constants for 8 channels with factors of their own. */
#define AOT_MVE_GROUP_WORDS 18

/* Lanes saturated to half their bits, in place: the results are in the lower halves of the lanes.  GCC 12 copies the
 * vector before it lets the intrinsic write to it. */
AOT_INLINE int16x8_t aot_mve_halve_32(int32x4_t lanes) {
    __asm__("vqmovnb.s32 %q0, %q0" : "+w"(lanes));
    return vreinterpretq_s16_s32(lanes);
}

AOT_INLINE int16x8_t aot_mve_halve_16(int16x8_t lanes) {
    __asm__("vqmovnb.s16 %q0, %q0" : "+w"(lanes));
    return lanes;
}

/* Four registers to the lanes of a vector.  GCC 12 moves them one by one. */
AOT_INLINE int32x4_t aot_mve_four(int32_t lane0, int32_t lane1, int32_t lane2, int32_t lane3) {
    int32x4_t lanes;
    __asm__("vmov %q0[2], %q0[0], %1, %3\n\tvmov %q0[3], %q0[1], %2, %4"
            : "=&w"(lanes)
            : "r"(lane0), "r"(lane1), "r"(lane2), "r"(lane3));
    return lanes;
}

#endif
