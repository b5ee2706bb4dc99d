/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* MCU_GRU: a gated recurrent unit with int8 activations and weights.
 *
 * Layouts: input [time][input], output [time][unit], of int8.  The state is the hidden state of every unit in fractions
 * of 2^15, so that a unit that changes slowly does not get stuck between two steps of int8; products with the recurrent
 * weights take it in the steps of the output.  `scratch` holds it so, and behind it what the reset gate leaves of it.
 */
#ifndef AOT_GRU_H
#define AOT_GRU_H

#include "aot.h"
#include "gates.h"
#include "sequence.h"
#include "sigmoid.h"

typedef struct {
    aot_gate update;
    aot_gate reset;
    aot_gate candidate;
    aot_sequence sequence;
    aot_factor state_factor;
    aot_output output; /* of the state in the steps of the output */
} aot_gru_layer;

AOT_INLINE int8_t aot_gru_result(const aot_gru_layer *layer, int32_t state) {
    return (int8_t)aot_output_of(aot_requantize_by(state, layer->state_factor), &layer->output);
}

/* The candidate for a unit's new state; `reset_after` is a constant of the kernel class. */
AOT_INLINE int32_t aot_gru_candidate(const aot_gru_layer *layer, const int8_t *input, const int8_t *hidden,
                                     int32_t unit, int reset_after) {
    const aot_factor gate = {3, 0}; /* from steps of 2^-12 to the table of kernels/sigmoid.h */
    int32_t remembered;
    if (reset_after) {
        const int32_t reset = aot_logistic_int16(
            aot_gate_argument_int8(&layer->reset, input, layer->sequence.inputs, hidden, layer->sequence.units, unit),
            gate);
        remembered = (reset * aot_gate_from_hidden(&layer->candidate, hidden, layer->sequence.units, unit, 1) +
                      (INT32_C(1) << 14)) >>
                     15;
    } else {
        remembered =
            aot_gate_from_hidden(&layer->candidate, hidden + layer->sequence.units, layer->sequence.units, unit, 1);
    }
    const int32_t given = aot_gate_from_input(&layer->candidate, input, layer->sequence.inputs, unit, 1);
    return aot_tanh_int16(aot_saturate_int16(given + remembered), gate);
}

AOT_INLINE void aot_gru_step(const aot_gru_layer *layer, const int8_t *input, aot_int16 *state, int8_t *hidden,
                             int8_t *output, int reset_after) {
    const aot_factor gate = {3, 0};
    for (int32_t unit = 0; !reset_after && unit < layer->sequence.units; ++unit) {
        const int32_t reset = aot_logistic_int16(
            aot_gate_argument_int8(&layer->reset, input, layer->sequence.inputs, hidden, layer->sequence.units, unit),
            gate);
        hidden[layer->sequence.units + unit] = aot_gru_result(layer, (reset * state[unit] + (INT32_C(1) << 14)) >> 15);
    }
    for (int32_t unit = 0; unit < layer->sequence.units; ++unit) {
        const int32_t update = aot_logistic_int16(
            aot_gate_argument_int8(&layer->update, input, layer->sequence.inputs, hidden, layer->sequence.units, unit),
            gate);
        const int32_t candidate = aot_gru_candidate(layer, input, hidden, unit, reset_after);
        /* |update * difference| is at most 32767 * 65535. */
        const int32_t kept = (update * (state[unit] - candidate) + (INT32_C(1) << 14)) >> 15;
        state[unit] = (int16_t)(candidate + kept);
        output[unit] = aot_gru_result(layer, state[unit]);
    }
}

AOT_INLINE void aot_gru(const aot_gru_layer *layer, const int8_t *input, aot_int16 *state, int8_t *output,
                        int8_t *scratch, int reset_after) {
    const int8_t *x = input + layer->sequence.first;
    for (int32_t unit = 0; unit < layer->sequence.units; ++unit) {
        scratch[unit] = aot_gru_result(layer, state[unit]);
    }
    for (int32_t time = 0; time < layer->sequence.steps;
         ++time, x += layer->sequence.time_step, output += layer->sequence.units) {
        aot_gru_step(layer, x, state, scratch, output, reset_after);
        memcpy(scratch, output, (size_t)layer->sequence.units);
    }
}

static inline void aot_gru_reset_after(const aot_gru_layer *layer, const int8_t *input, aot_int16 *state,
                                       int8_t *output, int8_t *scratch) {
    aot_gru(layer, input, state, output, scratch, 1);
}

static inline void aot_gru_reset_before(const aot_gru_layer *layer, const int8_t *input, aot_int16 *state,
                                        int8_t *output, int8_t *scratch) {
    aot_gru(layer, input, state, output, scratch, 0);
}

#endif
