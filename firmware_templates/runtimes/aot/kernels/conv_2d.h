/* CONV_2D, int8, with a scale for each output channel.
 *
 * Layouts: input [batch][y][x][channel], output the same, weights [output channel][kernel y][kernel x][depth], where
 * depth = input channels / groups.  output = clamp(rescale(bias + sum of weight * (input - input zero point))).
 *
 * Windows inside the image start from `folded` = bias - zero point * sum of weights and multiply inputs as they are,
 * two pixels and two channels at a time.  Windows that reach over the border leave out the taps outside (they stand for
 * real zeros), so there the zero point is subtracted tap by tap and the sum starts from `bias`.
 *
 * The arguments from `kernel_height` on are constants of the kernel class.  A 1x1 convolution with stride 1 is
 * described as an image of one row (the compiler of the model does that), so that pixels pair up across rows. */
#ifndef AOT_CONV_2D_H
#define AOT_CONV_2D_H

#include "aot.h"

typedef struct {
    const int8_t *weights;
    const int32_t *bias; /* used by classes with a border only */
    const int32_t *folded;
    const int32_t *multiplier;
    const int8_t *shift;
    int32_t batches;
    int32_t input_height;
    int32_t input_width;
    int32_t input_channels;
    int32_t output_height;
    int32_t output_width;
    int32_t output_channels;
    int32_t groups;
    int32_t pad_top;
    int32_t pad_left;
    int32_t inside_top; /* output rows inside_top .. inside_bottom - 1 have windows inside the image; columns alike */
    int32_t inside_bottom;
    int32_t inside_left;
    int32_t inside_right;
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t minimum; /* of the fused activation, quantized */
    int32_t maximum;
} aot_conv_2d_layer;

/* What a kernel class fixes. */
typedef struct {
    int32_t kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x;
    int contiguous; /* one row of a window is one run of memory: no dilation along x, one group */
    int border;     /* some windows reach over the border */
    int finish;     /* see aot_finish */
} aot_conv_2d_class;

AOT_INLINE int8_t aot_conv_2d_finish(const aot_conv_2d_layer *layer, uint32_t sum, int32_t channel, int finish) {
    return aot_finish(sum, layer->multiplier[channel], layer->shift[channel], layer->output_zero_point, layer->minimum,
                      layer->maximum, finish);
}

/* Two pixels with the same taps inside the image; x0 and x1 point to the first of these taps.  An odd last pixel or
 * channel is computed twice, which costs little code and no branches.  `border` is a constant of the call. */
AOT_INLINE void aot_conv_2d_pair(const aot_conv_2d_layer *layer, const aot_conv_2d_class k, const int8_t *x0,
                                 const int8_t *x1, int8_t *out0, int8_t *out1, const aot_clip clip, int border) {
    const int32_t groups = k.contiguous ? 1 : layer->groups;
    const int32_t depth = layer->input_channels / groups, group_channels = layer->output_channels / groups;
    const int32_t window = k.kernel_height * k.kernel_width * depth;
    const int32_t row_step = k.dilation_y * layer->input_width * layer->input_channels;
    const int32_t runs = k.contiguous ? 1 : clip.right - clip.left;
    const int32_t count = k.contiguous ? (clip.right - clip.left) * depth : depth;
    const int32_t *const biases = border ? layer->bias : layer->folded;
    const int8_t *w = layer->weights + clip.left * depth;
    for (int32_t first = 0; first < layer->output_channels; first += group_channels) {
        const int32_t end = first + group_channels;
        for (int32_t c0 = first; c0 < end; c0 += 2) {
            const int32_t c1 = c0 + 1 < end ? c0 + 1 : c0;
            const int32_t second = (c1 - c0) * window;
            uint32_t sums[4] = {(uint32_t)biases[c0], (uint32_t)biases[c1], (uint32_t)biases[c0], (uint32_t)biases[c1]};
            int32_t weight_sums[2] = {0, 0};
            const int8_t *row0 = x0, *row1 = x1;
            for (int32_t ky = clip.top; ky < clip.bottom; ++ky, row0 += row_step, row1 += row_step) {
                const int8_t *wp = w + ky * k.kernel_width * depth;
                const int8_t *p0 = row0, *p1 = row1;
                for (int32_t run = 0; run < runs; ++run, wp += depth) {
                    aot_dot_2x2(p0, p1, wp, wp + second, count, sums, weight_sums, border);
                    p0 += k.dilation_x * layer->input_channels;
                    p1 += k.dilation_x * layer->input_channels;
                }
            }
            w += second + window;
            const uint32_t shift0 = border ? (uint32_t)(weight_sums[0] * layer->input_zero_point) : 0u;
            const uint32_t shift1 = border ? (uint32_t)(weight_sums[1] * layer->input_zero_point) : 0u;
            out0[c0] = aot_conv_2d_finish(layer, sums[0] - shift0, c0, k.finish);
            out0[c1] = aot_conv_2d_finish(layer, sums[1] - shift1, c1, k.finish);
            out1[c0] = aot_conv_2d_finish(layer, sums[2] - shift0, c0, k.finish);
            out1[c1] = aot_conv_2d_finish(layer, sums[3] - shift1, c1, k.finish);
        }
        x0 += depth;
        x1 += depth;
    }
}

AOT_INLINE void aot_conv_2d(const aot_conv_2d_layer *layer, const int8_t *input, int8_t *output,
                            const aot_conv_2d_class k) {
    const int32_t channels = layer->input_channels, width = layer->input_width, height = layer->input_height;
    const aot_clip whole = {0, k.kernel_height, 0, k.kernel_width};
    for (int32_t batch = 0; batch < layer->batches; ++batch) {
        for (int32_t out_y = 0; out_y < layer->output_height; ++out_y) {
            const int32_t y = out_y * k.stride_y - layer->pad_top;
            aot_clip clip = whole;
            if (k.border) {
                clip.top = aot_clip_begin(y, k.dilation_y);
                clip.bottom = aot_clip_end(y, height, k.kernel_height, k.dilation_y);
            }
            const int8_t *row = input + (y + clip.top * k.dilation_y) * width * channels;
            for (int32_t out_x = 0; out_x < layer->output_width;) {
                const int32_t x = out_x * k.stride_x - layer->pad_left;
                int pair = out_x + 1 < layer->output_width, inside = 1;
                if (k.border) {
                    const int whole_columns = out_x >= layer->inside_left && out_x < layer->inside_right;
                    pair = whole_columns && out_x + 1 < layer->inside_right;
                    clip.left = whole_columns ? 0 : aot_clip_begin(x, k.dilation_x);
                    clip.right = whole_columns ? k.kernel_width : aot_clip_end(x, width, k.kernel_width, k.dilation_x);
                    inside = whole_columns && out_y >= layer->inside_top && out_y < layer->inside_bottom;
                }
                const int8_t *x0 = row + (x + clip.left * k.dilation_x) * channels;
                const int8_t *x1 = pair ? x0 + k.stride_x * channels : x0;
                int8_t *out1 = pair ? output + layer->output_channels : output;
                if (inside) {
                    aot_conv_2d_pair(layer, k, x0, x1, output, out1, whole, 0);
                } else {
                    aot_conv_2d_pair(layer, k, x0, x1, output, out1, clip, 1);
                }
                output = out1 + layer->output_channels;
                out_x += pair ? 2 : 1;
            }
        }
        input += height * width * channels;
    }
}

#endif
