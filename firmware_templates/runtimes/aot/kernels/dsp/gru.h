/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* MCU_GRU for cores with the DSP extension; layouts as in ../gru.h.
 *
 * Four units at a time are summed as four gates are (gates.h); weights of missing ones are 0.  `lanes` holds the input
 * of a step, behind it the hidden state in the steps of the output, and behind that what the reset gates make: their
 * values where they are applied after the product, else the hidden state that they leave, as lanes. */
#ifndef AOT_DSP_GRU_H
#define AOT_DSP_GRU_H

#include "../sequence.h"
#include "gates.h"

enum { AOT_DSP_GRU_UPDATE, AOT_DSP_GRU_RESET, AOT_DSP_GRU_CANDIDATE };

typedef struct {
    const uint32_t *reset;       /* [4 units]: over the input, over the hidden state; see aot_dsp_four_gates */
    const uint32_t *other_gates; /* [4 units]: the update gate over both, the candidate over both */
    aot_dsp_scale from_input[3]; /* update, reset, candidate */
    aot_dsp_scale from_hidden[3];
    aot_dsp_scale result; /* from the state to the steps of the output */
    aot_sequence sequence;
    int32_t zero_point;
} aot_dsp_gru_layer;

/* What a step works on. */
typedef struct {
    aot_uint32 *input;
    aot_uint32 *hidden;
    aot_uint32 *reset;
} aot_dsp_gru_lanes;

AOT_INLINE int8_t aot_dsp_gru_result(const aot_dsp_gru_layer *layer, int32_t state) {
    return aot_saturate(aot_dsp_scaled(state, &layer->result) + layer->zero_point);
}

AOT_INLINE int32_t aot_dsp_gru_gate(const aot_dsp_gru_layer *layer, int32_t given, int32_t kept, int32_t gate) {
    return aot_dsp_logistic(aot_dsp_gate_argument(given, &layer->from_input[gate], kept, &layer->from_hidden[gate]));
}

/* value * fraction / 2^15, halves up. */
AOT_INLINE int32_t aot_dsp_gru_share(int32_t fraction, int32_t value) {
    return (fraction * value + (INT32_C(1) << 14)) >> 15;
}

/* The reset gates of all units; `reset_after` is a constant of the kernel class. */
AOT_INLINE void aot_dsp_gru_reset(const aot_dsp_gru_layer *layer, const aot_dsp_gru_lanes *lanes,
                                  const aot_int16 *state, int reset_after) {
    const uint32_t *packed = layer->reset;
    const int32_t input_steps = aot_dsp_gate_steps(layer->sequence.inputs),
                  hidden_steps = aot_dsp_gate_steps(layer->sequence.units);
    aot_int16 *reset = (aot_int16 *)lanes->reset;
    for (int32_t unit = 0; unit < layer->sequence.units; unit += 4) {
        const int32_t some = aot_min(layer->sequence.units - unit, 4);
        int32_t given[4], kept[4];
        packed = aot_dsp_four_gates(lanes->input, packed, input_steps, given);
        packed = aot_dsp_four_gates(lanes->hidden, packed, hidden_steps, kept);
        for (int32_t i = 0; i < some; ++i) {
            const int32_t gate = aot_dsp_gru_gate(layer, given[i], kept[i], AOT_DSP_GRU_RESET);
            if (reset_after) {
                reset[unit + i] = (int16_t)gate;
            } else { /* lanes are words of elements 0 and 2, 1 and 3 */
                const int32_t left = aot_dsp_gru_share(gate, state[unit + i]);
                reset[unit + (i & 1) * 2 + (i >> 1)] = aot_dsp_gru_result(layer, left);
            }
        }
    }
}

/* The new states of all units, of the reset gates too. */
AOT_INLINE void aot_dsp_gru_states(const aot_dsp_gru_layer *layer, const aot_dsp_gru_lanes *lanes, aot_int16 *state,
                                   int8_t *output, int reset_after) {
    const uint32_t *packed = layer->other_gates;
    const int32_t input_steps = aot_dsp_gate_steps(layer->sequence.inputs),
                  hidden_steps = aot_dsp_gate_steps(layer->sequence.units);
    const aot_int16 *reset = (const aot_int16 *)lanes->reset;
    for (int32_t unit = 0; unit < layer->sequence.units; unit += 4) {
        const int32_t some = aot_min(layer->sequence.units - unit, 4);
        int32_t update_given[4], update_kept[4], given[4], kept[4];
        packed = aot_dsp_four_gates(lanes->input, packed, input_steps, update_given);
        packed = aot_dsp_four_gates(lanes->hidden, packed, hidden_steps, update_kept);
        packed = aot_dsp_four_gates(lanes->input, packed, input_steps, given);
        packed = aot_dsp_four_gates(reset_after ? lanes->hidden : lanes->reset, packed, hidden_steps, kept);
        for (int32_t i = 0; i < some; ++i) {
            const int32_t update = aot_dsp_gru_gate(layer, update_given[i], update_kept[i], AOT_DSP_GRU_UPDATE);
            int32_t remembered = aot_dsp_gate_part(kept[i], &layer->from_hidden[AOT_DSP_GRU_CANDIDATE]);
            if (reset_after) {
                remembered = aot_dsp_gru_share(reset[unit + i], remembered);
            }
            const int32_t taken = aot_dsp_gate_part(given[i], &layer->from_input[AOT_DSP_GRU_CANDIDATE]);
            const int32_t candidate = aot_dsp_tanh(3 * aot_dsp_saturate_int16(taken + remembered));
            /* |update * difference| is at most 32767 * 65535. */
            const int32_t after = candidate + aot_dsp_gru_share(update, state[unit + i] - candidate);
            state[unit + i] = (int16_t)after;
            output[unit + i] = aot_dsp_gru_result(layer, after);
        }
    }
}

AOT_INLINE void aot_dsp_gru(const aot_dsp_gru_layer *layer, const int8_t *input, aot_int16 *state, int8_t *output,
                            aot_uint32 *scratch, int reset_after) {
    aot_uint32 *const hidden = scratch + aot_dsp_gate_steps(layer->sequence.inputs) * 2;
    const aot_dsp_gru_lanes lanes = {scratch, hidden, hidden + aot_dsp_gate_steps(layer->sequence.units) * 2};
    const int8_t *x = input + layer->sequence.first, *last = output;
    for (int32_t unit = 0; unit < layer->sequence.units; ++unit) { /* the first step's output takes its place later */
        output[unit] = aot_dsp_gru_result(layer, state[unit]);
    }
    for (int32_t time = 0; time < layer->sequence.steps;
         ++time, x += layer->sequence.time_step, output += layer->sequence.units) {
        aot_dsp_to_lanes(x, layer->sequence.inputs, lanes.input);
        aot_dsp_to_lanes(last, layer->sequence.units, lanes.hidden);
        aot_dsp_gru_reset(layer, &lanes, state, reset_after);
        aot_dsp_gru_states(layer, &lanes, state, output, reset_after);
        last = output;
    }
}

__attribute__((unused)) static void aot_dsp_gru_reset_after(const aot_dsp_gru_layer *layer, const int8_t *input,
                                                            aot_int16 *state, int8_t *output, aot_uint32 *scratch) {
    aot_dsp_gru(layer, input, state, output, scratch, 1);
}

__attribute__((unused)) static void aot_dsp_gru_reset_before(const aot_dsp_gru_layer *layer, const int8_t *input,
                                                             aot_int16 *state, int8_t *output, aot_uint32 *scratch) {
    aot_dsp_gru(layer, input, state, output, scratch, 0);
}

#endif
