/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Instructions on two 16-bit numbers in a word: a complex number, the real part in the lower half.
 *
 * Assembly and no intrinsics: GCC's arm_acle.h does not pass -Wconversion. */
#ifndef FRONTEND_DSP_H
#define FRONTEND_DSP_H

#include "integers.h"

#include <string.h>

/* Two numbers, wherever they lie. */
static inline uint32_t frontend_pair(const frontend_int16 *numbers) {
    uint32_t pair;
    memcpy(&pair, numbers, sizeof pair);
    return pair;
}

static inline void frontend_store_pair(frontend_int16 *numbers, uint32_t pair) {
    memcpy(numbers, &pair, sizeof pair);
}

/* `frontend_<name>(a, b)`: the instruction of that name. */
#define FRONTEND_INSTRUCTION(name)                                                                                     \
    static inline uint32_t frontend_##name(uint32_t a, uint32_t b) {                                                   \
        uint32_t result;                                                                                               \
        __asm__(#name " %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));                                                  \
        return result;                                                                                                 \
    }
FRONTEND_INSTRUCTION(sadd16)
FRONTEND_INSTRUCTION(ssub16)
FRONTEND_INSTRUCTION(shadd16) /* sums, halved without leaving 16 bits */
FRONTEND_INSTRUCTION(shsub16)
FRONTEND_INSTRUCTION(sasx)   /* a + 1j b */
FRONTEND_INSTRUCTION(ssax)   /* a - 1j b */
FRONTEND_INSTRUCTION(smuad)  /* the sum of both products */
FRONTEND_INSTRUCTION(smulbb) /* of the lower halves */
FRONTEND_INSTRUCTION(smultt) /* of the upper halves */
FRONTEND_INSTRUCTION(pkhbt)  /* the lower half of a, the upper half of b */

/* `frontend_<name>(a, b, c)`: c and products of a and b. */
#define FRONTEND_ACCUMULATION(name)                                                                                    \
    static inline uint32_t frontend_##name(uint32_t a, uint32_t b, uint32_t c) {                                       \
        uint32_t result;                                                                                               \
        __asm__(#name " %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(c));                                      \
        return result;                                                                                                 \
    }
FRONTEND_ACCUMULATION(smlabb)
FRONTEND_ACCUMULATION(smlatb) /* the upper half of a */
FRONTEND_ACCUMULATION(smlsd)  /* the real part of a complex product */
FRONTEND_ACCUMULATION(smladx) /* the imaginary part */

/* The upper half of `upper`, and 16 bits of `lower` from bit `shift` on. */
#define FRONTEND_PACKED(upper, lower, shift)                                                                           \
    __extension__({                                                                                                    \
        uint32_t packed_;                                                                                              \
        __asm__("pkhtb %0, %1, %2, asr %3" : "=r"(packed_) : "r"(upper), "r"(lower), "I"(shift));                      \
        packed_;                                                                                                       \
    })

/* The larger, or smaller, number of each half. */
static inline uint32_t frontend_larger(uint32_t a, uint32_t b) {
    uint32_t result;
    __asm__("ssub16 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b) : "cc");
    return result;
}

static inline uint32_t frontend_smaller(uint32_t a, uint32_t b) {
    uint32_t result;
    __asm__("ssub16 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(result) : "r"(a), "r"(b) : "cc");
    return result;
}

#endif
