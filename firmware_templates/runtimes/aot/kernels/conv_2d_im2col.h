/* CONV_2D, int8, with a scale for each output channel, without groups: windows are assembled in an im2col buffer
 * (im2col.h has the arithmetic), so that those over the border cost no more than others.
 *
 * Layouts: input [batch][y][x][channel], output the same, weights [output channel][kernel y][kernel x][input channel].
 *
 * Pixels of the output go in fours, across rows and images; those left over one by one.  A 1x1 convolution with stride
 * 1 is a pointwise convolution: a list of pixels, of which all inputs are read before any of their outputs is written:
 * it may work in place, backwards where the outputs are the larger ones.
 *
 * A window of n inputs is copied for all output channels once, at about 3.5 instructions per input on Armv7-M.
 *
 * Offline conditions (im2col.py): constants, one group.  The im2col buffer is scratch memory: AOT_IM2COL_PIXELS *
 * depth, rounded up. */
#ifndef AOT_CONV_2D_IM2COL_H
#define AOT_CONV_2D_IM2COL_H

#include "im2col.h"
#include "windows.h"

#define AOT_IM2COL_PIXELS 4

/* All channels of the pixels of an im2col buffer: aot_im2col_multiply with its constants. */
typedef void aot_im2col_function(const aot_im2col_layer *layer, const uint8_t *im2col, int8_t *output);

typedef struct {
    aot_im2col_layer im2col;
    int32_t pixels;
    int32_t backwards;
} aot_conv_2d_pointwise_layer;

typedef struct {
    aot_im2col_layer im2col;
    aot_windows windows;
    int32_t input_zero_point;
} aot_conv_2d_im2col_layer;

/* Inputs that fill up: zeros behind the last ones of the pixels. */
AOT_INLINE void aot_im2col_round_up(const aot_im2col_layer *layer, uint8_t *im2col, int32_t pixels) {
    const int32_t depth = layer->depth;
    memset(im2col + pixels * depth, 0, (size_t)(pixels * (aot_im2col_depth(depth) - depth)));
}

/* `four`: for AOT_IM2COL_PIXELS pixels, or 0; `one`: for one, not used where none is left over. */
static inline void aot_conv_2d_pointwise(const aot_conv_2d_pointwise_layer *layer, const int8_t *input, int8_t *output,
                                         uint8_t *im2col, aot_im2col_function *four, aot_im2col_function *one) {
    const int32_t depth = layer->im2col.depth, channels = layer->im2col.output_channels;
    const int32_t whole = four ? layer->pixels & -AOT_IM2COL_PIXELS : 0;
    int32_t pixel = layer->backwards ? layer->pixels : 0;
    while (pixel != (layer->backwards ? 0 : layer->pixels)) {
        const int32_t count = (layer->backwards ? pixel <= whole : pixel < whole) ? AOT_IM2COL_PIXELS : 1;
        pixel -= layer->backwards ? count : 0;
        const int8_t *from = input + pixel * depth;
        if (count == 1) {
            (void)aot_im2col_copy(from, depth, im2col, 1);
            aot_im2col_round_up(&layer->im2col, im2col, 1);
            one(&layer->im2col, im2col, output + pixel * channels);
        } else {
            for (int32_t i = 0; i < AOT_IM2COL_PIXELS; ++i, from += depth) {
                (void)aot_im2col_copy(from, depth, im2col + i, AOT_IM2COL_PIXELS);
            }
            aot_im2col_round_up(&layer->im2col, im2col, AOT_IM2COL_PIXELS);
            four(&layer->im2col, im2col, output + pixel * channels);
        }
        pixel += layer->backwards ? 0 : count;
    }
}

/* The window whose first element is at (y, x). */
AOT_INLINE void aot_im2col_window(const aot_conv_2d_im2col_layer *layer, const int8_t *image, int32_t y, int32_t x,
                                  uint8_t *to, int32_t pixels) {
    const aot_windows *w = &layer->windows;
    const int32_t channels = w->input_channels, row_bytes = w->kernel_width * channels;
    const uint8_t outside = (uint8_t)(layer->input_zero_point + 128);
    /* Neighbouring taps that are neighbours in memory make one run. */
    const int32_t left = aot_clip_begin(x, w->dilation_x);
    const int32_t right = aot_clip_end(x, w->input_width, w->kernel_width, w->dilation_x);
    const int32_t step = w->dilation_x * channels;
    for (int32_t ky = w->kernel_height; ky > 0; --ky, y += w->dilation_y) {
        if (y < 0 || y >= w->input_height || left >= right) {
            to = aot_im2col_fill(outside, row_bytes, to, pixels);
            continue;
        }
        const int8_t *from = image + (y * w->input_width + x) * channels + left * step;
        to = aot_im2col_fill(outside, left * channels, to, pixels);
        if (w->dilation_x == 1) {
            to = aot_im2col_copy(from, (right - left) * channels, to, pixels);
        } else {
            for (int32_t kx = left; kx < right; ++kx, from += step) {
                to = aot_im2col_copy(from, channels, to, pixels);
            }
        }
        to = aot_im2col_fill(outside, (w->kernel_width - right) * channels, to, pixels);
    }
}

/* The output pixel that comes next. */
typedef struct {
    const int8_t *image;
    int32_t y, x;
} aot_im2col_place;

AOT_INLINE void aot_im2col_next(const aot_conv_2d_im2col_layer *layer, aot_im2col_place *place, uint8_t *im2col,
                                int32_t pixels) {
    const aot_windows *w = &layer->windows;
    aot_im2col_window(layer, place->image, place->y * w->stride_y - w->pad_top, place->x * w->stride_x - w->pad_left,
                      im2col, pixels);
    if (++place->x == w->output_width) {
        place->x = 0;
        if (++place->y == w->output_height) {
            place->y = 0;
            place->image += w->input_height * w->input_width * w->input_channels;
        }
    }
}

static inline void aot_conv_2d_im2col(const aot_conv_2d_im2col_layer *layer, const int8_t *input, int8_t *output,
                                      uint8_t *im2col, aot_im2col_function *four, aot_im2col_function *one) {
    const aot_windows *w = &layer->windows;
    const int32_t channels = layer->im2col.output_channels;
    int32_t left = w->batches * w->output_height * w->output_width;
    aot_im2col_place place = {input, 0, 0};
    if (four != NULL) {
        aot_im2col_round_up(&layer->im2col, im2col, AOT_IM2COL_PIXELS);
    }
    for (; four && left >= AOT_IM2COL_PIXELS; left -= AOT_IM2COL_PIXELS) {
        for (int32_t i = 0; i < AOT_IM2COL_PIXELS; ++i) {
            aot_im2col_next(layer, &place, im2col + i, AOT_IM2COL_PIXELS);
        }
        four(&layer->im2col, im2col, output);
        output += AOT_IM2COL_PIXELS * channels;
    }
    aot_im2col_round_up(&layer->im2col, im2col, 1);
    for (; left > 0; --left) {
        aot_im2col_next(layer, &place, im2col, 1);
        one(&layer->im2col, im2col, output);
        output += channels;
    }
}

#endif
