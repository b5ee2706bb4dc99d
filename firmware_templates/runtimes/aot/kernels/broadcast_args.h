/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* BROADCAST_ARGS: the shape that two shapes, given as tensors, broadcast to.  The shorter one counts as if it had ones
 * in front.  Where neither size is 1 they ought to be equal; the first one is taken. */
#ifndef AOT_BROADCAST_ARGS_H
#define AOT_BROADCAST_ARGS_H

#include "aot.h"

static inline void aot_broadcast_args_int32(const aot_int32 *first, int32_t first_rank, const aot_int32 *second,
                                            int32_t second_rank, aot_int32 *output, int32_t rank) {
    for (int32_t i = 1; i <= rank; ++i) {
        const int32_t a = i <= first_rank ? first[first_rank - i] : 1,
                      b = i <= second_rank ? second[second_rank - i] : 1;
        output[rank - i] = a == 1 ? b : a;
    }
}

static inline void aot_broadcast_args_int64(const aot_int64 *first, int32_t first_rank, const aot_int64 *second,
                                            int32_t second_rank, aot_int64 *output, int32_t rank) {
    for (int32_t i = 1; i <= rank; ++i) {
        const int64_t a = i <= first_rank ? first[first_rank - i] : 1,
                      b = i <= second_rank ? second[second_rank - i] : 1;
        output[rank - i] = a == 1 ? b : a;
    }
}

#endif
