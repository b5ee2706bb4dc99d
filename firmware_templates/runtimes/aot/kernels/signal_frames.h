/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* TFLM's signal operators that keep samples from one inference to the next: SignalFramer, SignalStacker, SignalDelay
 * and SignalOverlapAdd.
 *
 * Where there is no whole frame yet, TFLM leaves the output as it is in its memory; here it is 0. */
#ifndef AOT_SIGNAL_FRAMES_H
#define AOT_SIGNAL_FRAMES_H

#include "aot.h"

static inline void aot_signal_copy(aot_int16 *to, const aot_int16 *from, int32_t count) {
    memcpy(to, from, (size_t)count * sizeof *to);
}

/* Drops the oldest of `count` kept samples and appends `added` new ones, so that there are as many as before. */
static inline void aot_signal_push(aot_int16 *kept, int32_t count, const aot_int16 *added_samples, int32_t added) {
    if (added < count) {
        memmove(kept, kept + added, (size_t)(count - added) * sizeof *kept);
        aot_signal_copy(kept + (count - added), added_samples, added);
    } else {
        aot_signal_copy(kept, added_samples + (added - count), count);
    }
}

typedef struct {
    int32_t rows;
    int32_t frames; /* a row */
    int32_t size;   /* of a frame */
    int32_t step;   /* from one frame to the next, at most `size` */
    int32_t kept;   /* samples before a step that make a frame with it, less than `size` */
} aot_signal_framer_layer;

/* Frames of the last samples; `samples` [rows][kept], `held`: how many of the kept samples are there. */
static inline void aot_signal_framer(const aot_signal_framer_layer *layer, const aot_int16 *input, aot_int16 *output,
                                     uint8_t *is_valid, aot_int16 *samples, aot_int32 *held) {
    int32_t there = *held;
    *is_valid = 1;
    for (int32_t row = 0; row < layer->rows; ++row) {
        there = *held;
        for (int32_t frame = 0; frame < layer->frames; ++frame) {
            if (there == layer->kept) {
                aot_signal_copy(output, samples, layer->kept);
                aot_signal_copy(output + layer->kept, input, layer->size - layer->kept);
                aot_signal_push(samples, layer->kept, input, layer->step);
            } else {
                memset(output, 0, (size_t)layer->size * sizeof *output);
                aot_signal_copy(samples + there, input, layer->step);
                there += layer->step;
                *is_valid = 0;
            }
            input += layer->step;
            output += layer->size;
        }
        samples += layer->kept;
    }
    *held = there;
}

typedef struct {
    int32_t channels;
    int32_t left;   /* frames before the first one, equal to it */
    int32_t frames; /* that make an output */
    int32_t step;   /* frames from one output to the next, at most `frames` */
} aot_signal_stacker_layer;

/* The last frames as one; `samples` [frames - 1][channels], `held`: how many frames are there, -1 before the first. */
static inline void aot_signal_stacker(const aot_signal_stacker_layer *layer, const aot_int16 *input, aot_int16 *output,
                                      uint8_t *is_valid, aot_int16 *samples, aot_int32 *held) {
    const int32_t channels = layer->channels;
    const int32_t before = (layer->frames - 1) * channels;
    if (*held < 0) {
        for (int32_t frame = 0; frame < layer->left; ++frame) {
            aot_signal_copy(samples + frame * channels, input, channels);
        }
        *held = layer->left;
    }
    *is_valid = *held == layer->frames - 1;
    if (*is_valid != 0) {
        aot_signal_copy(output, samples, before);
        aot_signal_copy(output + before, input, channels);
        *held = layer->frames - layer->step;
        aot_signal_copy(samples, output + layer->step * channels, *held * channels);
    } else {
        memset(output, 0, (size_t)(before + channels) * sizeof *output);
        aot_signal_copy(samples + *held * channels, input, channels);
        ++*held;
    }
}

/* The samples of `delay` samples ago; `samples` [rows][delay]. */
static inline void aot_signal_delay(const aot_int16 *input, aot_int16 *output, aot_int16 *samples, int32_t rows,
                                    int32_t size, int32_t delay) {
    const int32_t kept = aot_min(delay, size);
    for (int32_t row = 0; row < rows; ++row) {
        aot_signal_copy(output, samples, kept);
        aot_signal_copy(output + kept, input, size - kept);
        aot_signal_push(samples, delay, input, size);
        input += size;
        output += size;
        samples += delay;
    }
}

typedef struct {
    int32_t rows;
    int32_t frames; /* a row */
    int32_t size;   /* of a frame */
    int32_t step;   /* from one frame to the next, at most `size` */
} aot_signal_overlap_add_layer;

/* Sums of frames that overlap, limited to 16 bits; `sums` [rows][size]. */
static inline void aot_signal_overlap_add_int16(const aot_signal_overlap_add_layer *layer, const aot_int16 *input,
                                                aot_int16 *output, aot_int16 *sums) {
    for (int32_t row = 0; row < layer->rows; ++row) {
        for (int32_t frame = 0; frame < layer->frames; ++frame) {
            for (int32_t i = 0; i < layer->size; ++i) {
                sums[i] = aot_clamp_int16((int32_t)sums[i] + input[i], INT16_MIN, INT16_MAX);
            }
            memcpy(output, sums, (size_t)layer->step * sizeof *sums);
            memmove(sums, sums + layer->step, (size_t)(layer->size - layer->step) * sizeof *sums);
            memset(sums + (layer->size - layer->step), 0, (size_t)layer->step * sizeof *sums);
            input += layer->size;
            output += layer->step;
        }
        sums += layer->size;
    }
}

static inline void aot_signal_overlap_add_float32(const aot_signal_overlap_add_layer *layer, const aot_float32 *input,
                                                  aot_float32 *output, aot_float32 *sums) {
    for (int32_t row = 0; row < layer->rows; ++row) {
        for (int32_t frame = 0; frame < layer->frames; ++frame) {
            for (int32_t i = 0; i < layer->size; ++i) {
                sums[i] += input[i];
            }
            memcpy(output, sums, (size_t)layer->step * sizeof *sums);
            memmove(sums, sums + layer->step, (size_t)(layer->size - layer->step) * sizeof *sums);
            memset(sums + (layer->size - layer->step), 0, (size_t)layer->step * sizeof *sums);
            input += layer->size;
            output += layer->step;
        }
        sums += layer->size;
    }
}

#endif
