/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* BROADCAST_ARGS: the shape that two shapes, given as tensors, broadcast to.  The shorter one counts as if it had ones
 * in front.  Where neither size is 1 they ought to be equal; the first one is taken. */
#ifndef AOT_BROADCAST_ARGS_H
#define AOT_BROADCAST_ARGS_H

#include "aot.h"

#define AOT_BROADCAST_ARGS(name, type)                                                                                 \
    static inline void name(const type *first, int32_t first_rank, const type *second, int32_t second_rank,            \
                            type *output, int32_t rank) {                                                              \
        for (int32_t i = 1; i <= rank; ++i) {                                                                          \
            const type a = i <= first_rank ? first[first_rank - i] : 1,                                                \
                       b = i <= second_rank ? second[second_rank - i] : 1;                                             \
            output[rank - i] = a == 1 ? b : a;                                                                         \
        }                                                                                                              \
    }

AOT_BROADCAST_ARGS(aot_broadcast_args_int32, aot_int32)
AOT_BROADCAST_ARGS(aot_broadcast_args_int64, aot_int64)

#undef AOT_BROADCAST_ARGS

#endif
