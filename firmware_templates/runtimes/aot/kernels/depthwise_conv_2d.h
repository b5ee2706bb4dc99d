/* DEPTHWISE_CONV_2D, int8, with a scale for each output channel.
 *
 * Layouts: input [batch][y][x][channel], weights [kernel y][kernel x][output channel], output [batch][y][x][output
 * channel]; output channel = channel * multiplier + m. output = clamp(rescale(bias + sum of weight * (input - input
 * zero point))).
 *
 * Windows inside the image start from `folded` = bias - zero point * sum of weights and multiply inputs as they are,
 * two pixels at a time, so that a weight is loaded once for two products.  Windows that reach over the border leave out
 * the taps outside (they stand for real zeros): there the zero point is subtracted tap by tap and the sum starts from
 * `bias`.
 *
 * What aot_depthwise_conv_2d_class holds are constants of the kernel class. */
#ifndef AOT_DEPTHWISE_CONV_2D_H
#define AOT_DEPTHWISE_CONV_2D_H

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
    int32_t depth_multiplier;
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
} aot_depthwise_conv_2d_layer;

typedef struct {
    int32_t kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x;
    int single; /* the depth multiplier is 1 */
    int border; /* some windows reach over the border */
    int finish; /* see aot_finish */
} aot_depthwise_conv_2d_class;

/* Two pixels with the same taps inside the image; x0 and x1 point to the first of these taps.  `border` is a constant
 * of the call: then the weights used are summed up, to take zero point * sum off at the end. */
AOT_INLINE void aot_depthwise_conv_2d_pair(const aot_depthwise_conv_2d_layer *layer,
                                           const aot_depthwise_conv_2d_class k, const int8_t *x0, const int8_t *x1,
                                           int8_t *out0, int8_t *out1, const aot_clip clip, int border) {
    const int32_t multiplier = k.single ? 1 : layer->depth_multiplier;
    const int32_t channels = layer->input_channels, out_channels = channels * multiplier;
    const int32_t row_step = k.dilation_y * layer->input_width * channels, tap_step = k.dilation_x * channels;
    const int32_t zero_point = layer->output_zero_point, low = layer->minimum, high = layer->maximum;
    const int32_t *const biases = border ? layer->bias : layer->folded;
    int32_t m = 0;
    for (int32_t c = 0; c < out_channels; ++c) {
        uint32_t sum0 = (uint32_t)biases[c], sum1 = sum0;
        int32_t weight_sum = 0;
        if (border) {
            for (int32_t ky = clip.top; ky < clip.bottom; ++ky) {
                const int8_t *w = layer->weights + (ky * k.kernel_width + clip.left) * out_channels + c;
                const int32_t row = (ky - clip.top) * row_step;
                for (int32_t tap = 0; tap < (clip.right - clip.left) * tap_step; tap += tap_step, w += out_channels) {
                    sum0 += (uint32_t)(*w * x0[row + tap]);
                    sum1 += (uint32_t)(*w * x1[row + tap]);
                    weight_sum += *w;
                }
            }
        } else {
            AOT_UNROLL
            for (int32_t ky = 0; ky < k.kernel_height; ++ky) {
                AOT_UNROLL
                for (int32_t kx = 0; kx < k.kernel_width; ++kx) {
                    const int32_t weight = layer->weights[(ky * k.kernel_width + kx) * out_channels + c];
                    sum0 += (uint32_t)(weight * x0[ky * row_step + kx * tap_step]);
                    sum1 += (uint32_t)(weight * x1[ky * row_step + kx * tap_step]);
                }
            }
        }
        if (border) {
            sum0 -= (uint32_t)(weight_sum * layer->input_zero_point);
            sum1 -= (uint32_t)(weight_sum * layer->input_zero_point);
        }
        out0[c] = aot_finish(sum0, layer->multiplier[c], layer->shift[c], zero_point, low, high, k.finish);
        out1[c] = aot_finish(sum1, layer->multiplier[c], layer->shift[c], zero_point, low, high, k.finish);
        if (k.single || ++m == multiplier) {
            m = 0;
            ++x0;
            ++x1;
        }
    }
}

AOT_INLINE void aot_depthwise_conv_2d(const aot_depthwise_conv_2d_layer *layer, const int8_t *input, int8_t *output,
                                      const aot_depthwise_conv_2d_class k) {
    const int32_t channels = layer->input_channels, width = layer->input_width, height = layer->input_height;
    const int32_t out_channels = channels * (k.single ? 1 : layer->depth_multiplier);
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
                int8_t *out1 = pair ? output + out_channels : output;
                if (inside) {
                    aot_depthwise_conv_2d_pair(layer, k, x0, x1, output, out1, whole, 0);
                } else {
                    aot_depthwise_conv_2d_pair(layer, k, x0, x1, output, out1, clip, 1);
                }
                output = out1 + out_channels;
                out_x += pair ? 2 : 1;
            }
        }
        input += height * width * channels;
    }
}

#endif
