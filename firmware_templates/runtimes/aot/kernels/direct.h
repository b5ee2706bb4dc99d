/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* CONV_2D and DEPTHWISE_CONV_2D, int8, window by window where they lie, with a scale for each output channel: what the
 * two share.
 *
 * Pixels whose windows lie inside the image go in pairs to the kernel class's own function; windows that reach over the
 * border go one by one to a function that all classes share. */
#ifndef AOT_DIRECT_H
#define AOT_DIRECT_H

#include "aot.h"
#include "windows.h"

typedef struct {
    aot_windows windows;
    aot_clip inside;
    const int8_t *weights;
    const aot_int32 *bias; /* not used where no window reaches over the border */
    const int32_t *effective_bias;
    aot_requantization requantize;
    int32_t group_channels; /* output channels of a group; of a depthwise convolution: the depth multiplier */
    int32_t input_zero_point;
} aot_direct_layer;

/* Two windows inside the image: x0, x1 point to their first elements, out0, out1 to their first channels.  They may be
 * the same one: the last of an odd number is computed twice. */
typedef void (*aot_inside)(const aot_direct_layer *layer, const int8_t *x0, const int8_t *x1, int8_t *out0,
                           int8_t *out1);

/* A window over the border: x points to its first element inside the image. */
typedef void (*aot_border)(const aot_direct_layer *layer, const int8_t *x, const aot_clip *clip, int8_t *out);

static inline void aot_for_each_window(const aot_direct_layer *layer, const int8_t *input, int8_t *output,
                                       aot_inside inside, aot_border border) {
    const aot_windows *w = &layer->windows;
    const int32_t channels = w->input_channels;
    for (int32_t batch = 0; batch < w->batches; ++batch) {
        for (int32_t out_y = 0; out_y < w->output_height; ++out_y) {
            const int whole_rows = out_y >= layer->inside.top && out_y < layer->inside.bottom;
            aot_clip clip;
            const int8_t *row = input + aot_clip_rows(w, out_y, &clip) * w->input_width * channels;
            for (int32_t out_x = 0; out_x < w->output_width;) {
                if (whole_rows && out_x >= layer->inside.left && out_x < layer->inside.right) {
                    const int32_t pair = out_x + 1 < layer->inside.right ? 1 : 0;
                    const int8_t *x0 = row + (out_x * w->stride_x - w->pad_left) * channels;
                    inside(layer, x0, x0 + pair * w->stride_x * channels, output, output + pair * w->output_channels);
                    output += (pair + 1) * w->output_channels;
                    out_x += pair + 1;
                } else {
                    border(layer, row + aot_clip_columns(w, out_x, &clip) * channels, &clip, output);
                    output += w->output_channels;
                    ++out_x;
                }
            }
        }
        input += w->input_height * w->input_width * channels;
    }
}

#endif
