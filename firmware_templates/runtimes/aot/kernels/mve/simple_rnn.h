/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* MCU_SIMPLE_RNN for cores with Helium; layouts as in ../simple_rnn.h.
 *
 * Four units at a time (gates.h).  The state of a step is the output of the step before, where it lies. */
#ifndef AOT_MVE_SIMPLE_RNN_H
#define AOT_MVE_SIMPLE_RNN_H

#include "../sequence.h"
#include "gates.h"

typedef struct {
    aot_mve_gate from_input;
    aot_mve_gate from_hidden;
    aot_mve_scale result; /* from fractions of 2^15 to the steps of the output */
    aot_sequence sequence;
    int32_t zero_point;
} aot_mve_simple_rnn_layer;

__attribute__((unused)) static void aot_mve_simple_rnn(const aot_mve_simple_rnn_layer *layer, const int8_t *input,
                                                       int8_t *state, int8_t *output) {
    const int8_t *x = input + layer->sequence.first, *last = state;
    for (int32_t time = 0; time < layer->sequence.steps;
         ++time, x += layer->sequence.time_step, output += layer->sequence.units) {
        for (int32_t unit = 0; unit < layer->sequence.units; unit += 4) {
            const int32x4_t given = aot_mve_gate_part(&layer->from_input, x, layer->sequence.inputs, unit);
            const int32x4_t kept = aot_mve_gate_part(&layer->from_hidden, last, layer->sequence.units, unit);
            const int32x4_t argument = aot_mve_saturate_int16(vaddq_s32(given, kept));
            const int32x4_t result = aot_mve_scaled(aot_mve_tanh(vmulq_n_s32(argument, 3)), &layer->result);
            aot_mve_store_results(output + unit, vaddq_n_s32(result, layer->zero_point), layer->sequence.units - unit);
        }
        last = output;
    }
    memcpy(state, last, (size_t)layer->sequence.units);
}

#endif
