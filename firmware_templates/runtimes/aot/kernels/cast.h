/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CAST of float32 to integers: towards zero; values beyond the range give its ends, NaN gives 0. */
#ifndef AOT_CAST_H
#define AOT_CAST_H

#include "aot.h"

/* `minimum` and `maximum` are constants of the kernel class. */
AOT_INLINE int64_t aot_truncate(float value, int64_t minimum, int64_t maximum) {
    if (value >= 4294967296.0f) {
        return maximum;
    }
    if (!(value > -4294967296.0f)) {
        return value == value ? minimum : 0;
    }
    const int64_t whole = (int64_t)value;
    return whole < minimum ? minimum : whole > maximum ? maximum : whole;
}

#endif
