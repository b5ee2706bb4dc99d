/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* MCU_SIMPLE_RNN for cores with the DSP extension; layouts as in ../simple_rnn.h.
 *
 * Four units at a time are summed as four gates are (gates.h); weights of missing ones are 0.  `lanes` holds the input
 * of a step, and behind it the state. */
#ifndef AOT_DSP_SIMPLE_RNN_H
#define AOT_DSP_SIMPLE_RNN_H

#include "../sequence.h"
#include "gates.h"

typedef struct {
    const uint32_t *packed; /* [4 units]: over the input, over the state; see aot_dsp_four_gates */
    aot_dsp_scale from_input;
    aot_dsp_scale from_hidden;
    aot_dsp_scale result; /* from fractions of 2^15 to the steps of the output */
    aot_sequence sequence;
    int32_t zero_point;
} aot_dsp_simple_rnn_layer;

AOT_INLINE void aot_dsp_simple_rnn_step(const aot_dsp_simple_rnn_layer *layer, const aot_uint32 *input,
                                        const aot_uint32 *hidden, int8_t *output) {
    const uint32_t *packed = layer->packed;
    const int32_t input_steps = aot_dsp_gate_steps(layer->sequence.inputs),
                  hidden_steps = aot_dsp_gate_steps(layer->sequence.units);
    for (int32_t left = layer->sequence.units; left > 0; left -= 4) {
        int32_t given[4], kept[4];
        packed = aot_dsp_four_gates(input, packed, input_steps, given);
        packed = aot_dsp_four_gates(hidden, packed, hidden_steps, kept);
        for (int32_t i = 0; i < aot_min(left, 4); ++i) {
            const int32_t argument = aot_dsp_gate_argument(given[i], &layer->from_input, kept[i], &layer->from_hidden);
            const int32_t activated = aot_dsp_tanh(3 * argument);
            *output++ = aot_saturate(aot_dsp_scaled(activated, &layer->result) + layer->zero_point);
        }
    }
}

__attribute__((unused)) static void aot_dsp_simple_rnn(const aot_dsp_simple_rnn_layer *layer, const int8_t *input,
                                                       int8_t *state, int8_t *output, aot_uint32 *lanes) {
    aot_uint32 *const kept = lanes + aot_dsp_gate_steps(layer->sequence.inputs) * 2;
    const int8_t *x = input + layer->sequence.first, *last = state;
    for (int32_t time = 0; time < layer->sequence.steps;
         ++time, x += layer->sequence.time_step, output += layer->sequence.units) {
        aot_dsp_to_lanes(x, layer->sequence.inputs, lanes);
        aot_dsp_to_lanes(last, layer->sequence.units, kept);
        aot_dsp_simple_rnn_step(layer, lanes, kept, output);
        last = output;
    }
    memcpy(state, last, (size_t)layer->sequence.units);
}

#endif
