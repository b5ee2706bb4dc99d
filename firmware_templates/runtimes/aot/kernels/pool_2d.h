/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* MAX_POOL_2D and AVERAGE_POOL_2D of int8, int16 and float32.  Input and output have the same scale and zero point, so
 * values are compared and averaged as they are.
 *
 * Layout of both: [batch][y][x][channel].  Windows are clipped: what lies outside the image does not exist, and the
 * divisor of an average is the number of elements inside.  Averages are rounded to nearest, halves away from zero. */
#ifndef AOT_POOL_2D_H
#define AOT_POOL_2D_H

#include "aot.h"
#include "windows.h"

typedef struct {
    aot_windows windows;
    aot_range range; /* of the fused activation, quantized */
} aot_pool_layer;

typedef struct {
    aot_windows windows;
    aot_float_range range;
} aot_pool_float32_layer;

/* The elements of one window: `rows` x `columns` of a channel. */
typedef struct {
    int32_t rows, columns, row_step, column_step;
} aot_pool_window;

AOT_INLINE int32_t aot_average(int32_t sum, int32_t count) {
    const int32_t half = count / 2;
    return (sum > 0 ? sum + half : sum - half) / count;
}

/* One channel from `input` on.  `bytes` (of an element) and `average` are constants, here and below. */
AOT_INLINE int32_t aot_pool_integers(const aot_pool_window *window, const uint8_t *input, const aot_range *range,
                                     int bytes, int average) {
    int32_t result = average ? 0 : range->minimum;
    for (int32_t y = 0; y < window->rows; ++y, input += window->row_step * bytes) {
        const uint8_t *x = input;
        for (int32_t i = window->columns; i > 0; --i, x += window->column_step * bytes) {
            const int32_t value = aot_load(x, 0, bytes);
            result = average ? result + value : aot_max(result, value);
        }
    }
    return average ? aot_limit(aot_average(result, window->rows * window->columns), range)
                   : aot_min(result, range->maximum);
}

AOT_INLINE float aot_pool_floats(const aot_pool_window *window, const aot_float32 *input, const aot_float_range *range,
                                 int average) {
    float result = average ? 0.0f : -3.40282347e+38f;
    for (int32_t y = 0; y < window->rows; ++y) {
        for (int32_t x = 0; x < window->columns; ++x) {
            const float value = input[y * window->row_step + x * window->column_step];
            result = average ? result + value : result < value ? value : result;
        }
    }
    return aot_clamp_float32(average ? result / (float)(window->rows * window->columns) : result, range->minimum,
                             range->maximum);
}

/* `range`: an aot_range, or (`bytes` 4: float32) an aot_float_range. */
AOT_INLINE void aot_pool_2d(const aot_windows *w, const void *range, const void *input, void *output, int bytes,
                            int average) {
    const int32_t channels = w->input_channels, width = w->input_width, height = w->input_height;
    const uint8_t *image = (const uint8_t *)input;
    uint8_t *out = (uint8_t *)output;
    aot_pool_window window = {0, 0, width * channels, channels};
    for (int32_t batch = 0; batch < w->batches; ++batch, image += height * width * channels * bytes) {
        for (int32_t out_y = 0; out_y < w->output_height; ++out_y) {
            const int32_t y = out_y * w->stride_y - w->pad_top, top = aot_max(y, 0);
            window.rows = aot_min(y + w->kernel_height, height) - top;
            for (int32_t out_x = 0; out_x < w->output_width; ++out_x, out += channels * bytes) {
                const int32_t x = out_x * w->stride_x - w->pad_left, left = aot_max(x, 0);
                const uint8_t *from = image + (top * width + left) * channels * bytes;
                window.columns = aot_min(x + w->kernel_width, width) - left;
                for (int32_t c = 0; c < channels; ++c, from += bytes) {
                    if (bytes == 4) {
                        const aot_float32 *floats = (const aot_float32 *)(const void *)from;
                        ((aot_float32 *)(void *)out)[c] =
                            aot_pool_floats(&window, floats, (const aot_float_range *)range, average);
                    } else {
                        const int32_t value =
                            aot_pool_integers(&window, from, (const aot_range *)range, bytes, average);
                        aot_store(out, c, value, bytes);
                    }
                }
            }
        }
    }
}

#endif
