/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Walking over the output of a convolution, pixel by pixel: what CONV_2D and DEPTHWISE_CONV_2D share.
 *
 * Layout of input and output: [batch][y][x][channel].  Pixels whose windows lie inside the image go in pairs to the
 * kernel class's own function; windows that reach over the border go one by one to a function that all classes share.
 */
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
    int32_t inside_top; /* output rows inside_top .. inside_bottom - 1 have windows inside the image; columns alike */
    int32_t inside_bottom;
    int32_t inside_left;
    int32_t inside_right;
} aot_windows;

/* The taps of a window that lie inside the image: rows top .. bottom - 1 and columns left .. right - 1 of the kernel.
 */
typedef struct {
    int32_t top, bottom, left, right;
} aot_clip;

/* Two windows inside the image: x0, x1 point to their first elements, out0, out1 to their first channels.  They may be
 * the same one: the last of an odd number is computed twice. */
typedef void (*aot_inside)(const void *layer, const int8_t *x0, const int8_t *x1, int8_t *out0, int8_t *out1);

/* A window over the border: x points to its first element inside the image. */
typedef void (*aot_border)(const void *layer, const int8_t *x, const aot_clip *clip, int8_t *out);

/* First tap inside, for a window that starts at `start`. */
static inline int32_t aot_clip_begin(int32_t start, int32_t dilation) {
    return start < 0 ? (dilation - 1 - start) / dilation : 0;
}

/* One past the last tap inside, of `kernel` taps over `size` elements. */
static inline int32_t aot_clip_end(int32_t start, int32_t size, int32_t kernel, int32_t dilation) {
    return start < size ? aot_min(kernel, (size - 1 - start) / dilation + 1) : 0;
}

static inline void aot_for_each_window(const aot_windows *w, const void *layer, const int8_t *input, int8_t *output,
                                       aot_inside inside, aot_border border) {
    const int32_t channels = w->input_channels;
    for (int32_t batch = 0; batch < w->batches; ++batch) {
        for (int32_t out_y = 0; out_y < w->output_height; ++out_y) {
            const int32_t y = out_y * w->stride_y - w->pad_top;
            const int whole_rows = out_y >= w->inside_top && out_y < w->inside_bottom;
            aot_clip clip;
            clip.top = aot_clip_begin(y, w->dilation_y);
            clip.bottom = aot_clip_end(y, w->input_height, w->kernel_height, w->dilation_y);
            const int8_t *row = input + (y + clip.top * w->dilation_y) * w->input_width * channels;
            for (int32_t out_x = 0; out_x < w->output_width;) {
                const int32_t x = out_x * w->stride_x - w->pad_left;
                if (whole_rows && out_x >= w->inside_left && out_x < w->inside_right) {
                    const int32_t pair = out_x + 1 < w->inside_right ? 1 : 0;
                    const int8_t *x0 = row + x * channels;
                    inside(layer, x0, x0 + pair * w->stride_x * channels, output, output + pair * w->output_channels);
                    output += (pair + 1) * w->output_channels;
                    out_x += pair + 1;
                } else {
                    clip.left = aot_clip_begin(x, w->dilation_x);
                    clip.right = aot_clip_end(x, w->input_width, w->kernel_width, w->dilation_x);
                    border(layer, row + (x + clip.left * w->dilation_x) * channels, &clip, output);
                    output += w->output_channels;
                    ++out_x;
                }
            }
        }
        input += w->input_height * w->input_width * channels;
    }
}

#endif
