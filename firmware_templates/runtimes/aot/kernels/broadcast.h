/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Walking over inputs that are broadcast to the shape of an output, row by row.
 *
 * A shape is an array made with the model, const int32_t rows[1 + inputs][6]: the sizes of the loops, outermost first,
 * then for each input the elements from one index to the next, 0 along dimensions that repeat it.  The innermost loop
 * is a row; the output is written front to back. */
#ifndef AOT_BROADCAST_H
#define AOT_BROADCAST_H

#include "aot.h"

enum { AOT_ROW_LOOPS = 6, AOT_ROW_INPUTS = 3 };

typedef struct {
    int32_t offset[AOT_ROW_INPUTS];   /* of each input's first element */
    int32_t step[AOT_ROW_INPUTS];     /* of each input within the row */
    int32_t length;                   /* elements of a row */
    int32_t index[AOT_ROW_LOOPS - 1]; /* of the loops around the row */
} aot_row;

AOT_INLINE aot_row aot_first_row(const int32_t *rows, int inputs) {
    aot_row row;
    for (int i = 0; i < inputs; ++i) {
        row.offset[i] = 0;
        row.step[i] = rows[(i + 2) * AOT_ROW_LOOPS - 1];
    }
    row.length = rows[AOT_ROW_LOOPS - 1];
    for (int loop = 0; loop < AOT_ROW_LOOPS - 1; ++loop) {
        row.index[loop] = 0;
    }
    return row;
}

/* Goes to the next row; 0 after the last one. */
AOT_INLINE int aot_next_row(aot_row *row, const int32_t *rows, int inputs) {
    for (int loop = AOT_ROW_LOOPS - 2; loop >= 0; --loop) {
        const int32_t size = rows[loop];
        const int done = ++row->index[loop] == size;
        for (int i = 0; i < inputs; ++i) {
            const int32_t step = rows[(i + 1) * AOT_ROW_LOOPS + loop];
            row->offset[i] += done ? -step * (size - 1) : step;
        }
        if (!done) {
            return 1;
        }
        row->index[loop] = 0;
    }
    return 0;
}

#endif
