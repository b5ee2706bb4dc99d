/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From a microphone's samples to those of a front end: another sample rate, no DC offset, a gain.
 *
 * The same integers as mcu_toolkit/frontend/sound_input.py.  Right shifts of negative numbers are arithmetic, as GCC
 * and Clang define them; `int` may have 16 bits. */
#ifndef LISTENER_SOUND_INPUT_H
#define LISTENER_SOUND_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#define SOUND_INPUT_FRACTION_BITS 14u  /* of the filter's coefficients */
#define SOUND_INPUT_GAIN_BITS 8u       /* fraction bits of the gain */
#define SOUND_INPUT_BLOCK_SAMPLES 256u /* that the offset is measured over */
#define SOUND_INPUT_BLOCK_BITS 8u
#define SOUND_INPUT_LEVEL_BITS 4u /* fraction bits of the offset, and how slowly it follows: a 16th of the way */

/* `up` samples out for `down` samples in, by a filter with `taps` coefficients a phase; up == down: none. */
typedef struct {
    uint16_t up;
    uint16_t down;
    uint16_t taps;
    const int16_t *coefficients; /* [up][taps], the newest sample's first */
    uint16_t gain;               /* 8 fraction bits */
    bool removes_offset;
} sound_input;

typedef struct {
    int16_t *heard;  /* [taps]: the newest samples, a ring */
    uint16_t newest; /* in it */
    uint16_t phase;  /* of the next sample out */
    uint16_t owed;   /* samples in until it */
    uint16_t measured;
    bool has_level;
    int32_t level; /* the offset, 4 fraction bits */
    int32_t sum;   /* of the block */
} sound_input_state;

static inline int16_t sound_input_limited(int32_t value) {
    return (int16_t)(value > 32767 ? 32767 : value < -32768 ? -32768 : value);
}

/* As if nothing but silence had been heard; `heard` is the caller's memory. */
static inline void sound_input_reset(const sound_input *input, sound_input_state *state, int16_t *heard) {
    for (uint16_t i = 0; i < input->taps; i++) {
        heard[i] = 0;
    }
    state->heard = heard;
    state->newest = 0;
    state->phase = 0;
    state->owed = 1;
    state->measured = 0;
    state->has_level = false;
    state->level = 0;
    state->sum = 0;
}

static inline int16_t sound_input_levelled(const sound_input *input, sound_input_state *state, int16_t sample) {
    int32_t value = sample;
    if (input->removes_offset) {
        const int32_t half = (int32_t)1 << (SOUND_INPUT_LEVEL_BITS - 1u);
        value = sound_input_limited(value - ((state->level + half) >> SOUND_INPUT_LEVEL_BITS));
        state->sum += sample;
        if (++state->measured == SOUND_INPUT_BLOCK_SAMPLES) {
            const int32_t mean = state->sum >> (SOUND_INPUT_BLOCK_BITS - SOUND_INPUT_LEVEL_BITS);
            state->level = state->has_level ? state->level + ((mean - state->level) >> SOUND_INPUT_LEVEL_BITS) : mean;
            state->has_level = true;
            state->measured = 0;
            state->sum = 0;
        }
    }
    const int32_t rounding = (int32_t)1 << (SOUND_INPUT_GAIN_BITS - 1u);
    return sound_input_limited((value * (int32_t)input->gain + rounding) >> SOUND_INPUT_GAIN_BITS);
}

/* One sample in; `out` has room for `up` / `down` samples, rounded up.  Returns how many there are, possibly none. */
static inline uint32_t sound_input_take(const sound_input *input, sound_input_state *state, int16_t sample,
                                        int16_t *out) {
    if (input->up == input->down) {
        out[0] = sound_input_levelled(input, state, sample);
        return 1;
    }
    state->newest = (uint16_t)(state->newest + 1u == input->taps ? 0u : state->newest + 1u);
    state->heard[state->newest] = sample;
    state->owed--;
    uint32_t count = 0;
    while (state->owed == 0u) {
        const int16_t *coefficient = input->coefficients + (uint32_t)state->phase * input->taps;
        int32_t sum = (int32_t)1 << (SOUND_INPUT_FRACTION_BITS - 1u);
        for (uint16_t i = state->newest + 1u; i != 0u;) {
            sum += (int32_t)*coefficient++ * state->heard[--i];
        }
        for (uint16_t i = input->taps; i != state->newest + 1u;) {
            sum += (int32_t)*coefficient++ * state->heard[--i];
        }
        out[count++] = sound_input_levelled(input, state, sound_input_limited(sum >> SOUND_INPUT_FRACTION_BITS));
        const uint32_t position = (uint32_t)state->phase + input->down;
        state->owed = (uint16_t)(position / input->up);
        state->phase = (uint16_t)(position % input->up);
    }
    return count;
}

#endif
