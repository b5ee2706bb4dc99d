/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* 64 bits from two counters of 32 that start together, the second one slower by a known factor. */
#ifndef MCU_WIDE_COUNTER_H
#define MCU_WIDE_COUNTER_H

#include <stdint.h>

/* `fast` is exact but wraps; `slow` counts once every 2^shift of its counts.  They are read one after the other and did
 * not start at the same instant, so the slow one only has to be right to half a turn (2^31) of the fast one. */
static inline uint64_t wide_counter(uint32_t slow, unsigned shift, uint32_t fast) {
    const uint64_t roughly = (uint64_t)slow << shift;
    return roughly + (uint64_t)(int64_t)(int32_t)(fast - (uint32_t)roughly);
}

#endif
