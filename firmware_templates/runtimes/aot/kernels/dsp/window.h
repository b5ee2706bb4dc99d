/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A window of a convolution, put together as one run of bytes. */
#ifndef AOT_DSP_WINDOW_H
#define AOT_DSP_WINDOW_H

#include "../windows.h"
#include "instructions.h"

AOT_INLINE void aot_dsp_copy_bytes(int8_t *to, const int8_t *from, int32_t count) {
    for (; count >= 4; count -= 4) {
        aot_dsp_store_word(to, aot_dsp_load_word(from));
        to += 4;
        from += 4;
    }
    for (; count > 0; --count) {
        *to++ = *from++;
    }
}

/* Puts the window whose first element is at (y, x) together in `window`: [kernel y][kernel x][channel], in all `bytes`,
 * a multiple of 4, with the input's zero point for taps outside of the image and what only fills up. */
static inline void aot_dsp_put_window(const aot_windows *windows, const int8_t *image, int32_t y, int32_t x,
                                      int32_t input_zero_point, int8_t *window, int32_t bytes) {
    const int32_t channels = windows->input_channels, row_bytes = windows->kernel_width * channels;
    const uint32_t zero = (uint32_t)(uint8_t)input_zero_point * UINT32_C(0x01010101);
    for (int32_t i = 0; i < bytes; i += 4) {
        aot_dsp_store_word(window + i, zero);
    }
    /* Without dilation a row is one run, cut at the image's sides; else each tap is a run. */
    const int32_t taps = windows->dilation_x == 1 ? 1 : windows->kernel_width;
    const int32_t width = windows->dilation_x == 1 ? windows->kernel_width : 1;
    for (int32_t ky = 0; ky < windows->kernel_height; ++ky, y += windows->dilation_y, window += row_bytes) {
        if (y < 0 || y >= windows->input_height) {
            continue;
        }
        int32_t column = x;
        for (int32_t tap = 0; tap < taps; ++tap, column += windows->dilation_x) {
            const int32_t begin = aot_max(column, 0), end = aot_min(column + width, windows->input_width);
            aot_dsp_copy_bytes(window + (tap + begin - column) * channels,
                               image + (y * windows->input_width + begin) * channels, (end - begin) * channels);
        }
    }
}

#endif
