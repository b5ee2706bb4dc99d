/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Layers whose outputs see windows of their input: convolutions and pools of all types and instruction sets.
 *
 * Layout of input and output: [batch][y][x][channel]. */
#ifndef AOT_WINDOWS_H
#define AOT_WINDOWS_H

#include "aot.h"

typedef struct {
    int32_t batches;
    int32_t input_height;
    int32_t input_width;
    int32_t input_channels;
    int32_t output_height;
    int32_t output_width;
    int32_t output_channels;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_y;
    int32_t stride_x;
    int32_t dilation_y;
    int32_t dilation_x;
    int32_t pad_top;
    int32_t pad_left;
} aot_windows;

/* One side of a layer that is done channel by channel: rows and columns are those of the image or, exchanged, its
 * columns and rows. */
typedef struct {
    int32_t rows;
    int32_t columns;
    int32_t row_step; /* bytes from one row to the next; columns alike */
    int32_t column_step;
} aot_plane;

/* Rows top .. bottom - 1 and columns left .. right - 1: of the output, those whose windows lie inside the image; of the
 * kernel, the taps of a window that do. */
typedef struct {
    int32_t top, bottom, left, right;
} aot_clip;

/* First tap inside, for a window that starts at `start`. */
static inline int32_t aot_clip_begin(int32_t start, int32_t dilation) {
    return start < 0 ? (dilation - 1 - start) / dilation : 0;
}

/* One past the last tap inside, of `kernel` taps over `size` elements. */
static inline int32_t aot_clip_end(int32_t start, int32_t size, int32_t kernel, int32_t dilation) {
    return start < size ? aot_min(kernel, (size - 1 - start) / dilation + 1) : 0;
}

/* The rows of `clip` for output row `out_y`; returns the input row of the first tap inside. */
AOT_INLINE int32_t aot_clip_rows(const aot_windows *w, int32_t out_y, aot_clip *clip) {
    const int32_t y = out_y * w->stride_y - w->pad_top;
    clip->top = aot_clip_begin(y, w->dilation_y);
    clip->bottom = aot_clip_end(y, w->input_height, w->kernel_height, w->dilation_y);
    return y + clip->top * w->dilation_y;
}

/* Columns alike. */
AOT_INLINE int32_t aot_clip_columns(const aot_windows *w, int32_t out_x, aot_clip *clip) {
    const int32_t x = out_x * w->stride_x - w->pad_left;
    clip->left = aot_clip_begin(x, w->dilation_x);
    clip->right = aot_clip_end(x, w->input_width, w->kernel_width, w->dilation_x);
    return x + clip->left * w->dilation_x;
}

#endif
