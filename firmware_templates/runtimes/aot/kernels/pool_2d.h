/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* MAX_POOL_2D and AVERAGE_POOL_2D of int16 and float32; the int8 kernels have files of their own.
 *
 * Layout of input and output: [batch][y][x][channel].  Windows are clipped: what lies outside the image does not exist,
 * and the divisor of an average is the number of elements inside. */
#ifndef AOT_POOL_2D_H
#define AOT_POOL_2D_H

#include "aot.h"

typedef struct {
    int32_t batches;
    int32_t input_height;
    int32_t input_width;
    int32_t channels;
    int32_t output_height;
    int32_t output_width;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_y;
    int32_t stride_x;
    int32_t pad_top;
    int32_t pad_left;
} aot_pool_layer;

/* The elements of one window: `rows` x `columns` of a channel from element `start` on. */
typedef struct {
    int32_t start, rows, columns, row_step, column_step;
} aot_pool_window;

AOT_INLINE aot_pool_window aot_pool_window_of(const aot_pool_layer *layer, int32_t batch, int32_t out_y,
                                              int32_t out_x) {
    const int32_t y = out_y * layer->stride_y - layer->pad_top, x = out_x * layer->stride_x - layer->pad_left;
    const int32_t top = aot_max(y, 0), left = aot_max(x, 0);
    aot_pool_window window;
    window.rows = aot_min(y + layer->kernel_height, layer->input_height) - top;
    window.columns = aot_min(x + layer->kernel_width, layer->input_width) - left;
    window.column_step = layer->channels;
    window.row_step = layer->input_width * layer->channels;
    window.start = (batch * layer->input_height + top) * window.row_step + left * window.column_step;
    return window;
}

/* One channel.  Halves are rounded away from zero. */
AOT_INLINE int16_t aot_pool_int16(const aot_pool_window *window, const aot_int16 *input, int32_t minimum,
                                  int32_t maximum, int average) {
    const int32_t count = window->rows * window->columns;
    int32_t result = average ? 0 : INT16_MIN;
    for (int32_t y = 0; y < window->rows; ++y) {
        for (int32_t x = 0; x < window->columns; ++x) {
            const int32_t value = input[y * window->row_step + x * window->column_step];
            result = average ? result + value : aot_max(result, value);
        }
    }
    if (average) {
        result = (result > 0 ? result + count / 2 : result - count / 2) / count;
    }
    return aot_clamp_int16(result, minimum, maximum);
}

AOT_INLINE float aot_pool_float32(const aot_pool_window *window, const aot_float32 *input, float minimum, float maximum,
                                  int average) {
    float result = average ? 0.0f : -3.40282347e+38f;
    for (int32_t y = 0; y < window->rows; ++y) {
        for (int32_t x = 0; x < window->columns; ++x) {
            const float value = input[y * window->row_step + x * window->column_step];
            result = average ? result + value : result < value ? value : result;
        }
    }
    if (average) {
        result /= (float)(window->rows * window->columns);
    }
    result = result < minimum ? minimum : result;
    return maximum < result ? maximum : result;
}

/* `average` is a constant. */
AOT_INLINE void aot_pools_int16(const aot_pool_layer *layer, const aot_int16 *input, aot_int16 *output, int32_t minimum,
                                int32_t maximum, int average) {
    for (int32_t batch = 0; batch < layer->batches; ++batch) {
        for (int32_t y = 0; y < layer->output_height; ++y) {
            for (int32_t x = 0; x < layer->output_width; ++x) {
                const aot_pool_window window = aot_pool_window_of(layer, batch, y, x);
                for (int32_t c = 0; c < layer->channels; ++c) {
                    *output++ = aot_pool_int16(&window, input + window.start + c, minimum, maximum, average);
                }
            }
        }
    }
}

AOT_INLINE void aot_pools_float32(const aot_pool_layer *layer, const aot_float32 *input, aot_float32 *output,
                                  float minimum, float maximum, int average) {
    for (int32_t batch = 0; batch < layer->batches; ++batch) {
        for (int32_t y = 0; y < layer->output_height; ++y) {
            for (int32_t x = 0; x < layer->output_width; ++x) {
                const aot_pool_window window = aot_pool_window_of(layer, batch, y, x);
                for (int32_t c = 0; c < layer->channels; ++c) {
                    *output++ = aot_pool_float32(&window, input + window.start + c, minimum, maximum, average);
                }
            }
        }
    }
}

static inline void aot_max_pool_2d_int16(const aot_pool_layer *layer, const aot_int16 *input, aot_int16 *output,
                                         int32_t minimum, int32_t maximum) {
    aot_pools_int16(layer, input, output, minimum, maximum, 0);
}

static inline void aot_average_pool_2d_int16(const aot_pool_layer *layer, const aot_int16 *input, aot_int16 *output,
                                             int32_t minimum, int32_t maximum) {
    aot_pools_int16(layer, input, output, minimum, maximum, 1);
}

static inline void aot_max_pool_2d_float32(const aot_pool_layer *layer, const aot_float32 *input, aot_float32 *output,
                                           float minimum, float maximum) {
    aot_pools_float32(layer, input, output, minimum, maximum, 0);
}

static inline void aot_average_pool_2d_float32(const aot_pool_layer *layer, const aot_float32 *input,
                                               aot_float32 *output, float minimum, float maximum) {
    aot_pools_float32(layer, input, output, minimum, maximum, 1);
}

#endif
