/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* MCU_SIMPLE_RNN: a fully connected recurrent layer with int8 activations, weights and state.
 *
 * Layouts: input [time][input], output [time][unit]; the state is the output of the step before. */
#ifndef AOT_SIMPLE_RNN_H
#define AOT_SIMPLE_RNN_H

#include "aot.h"
#include "gates.h"
#include "sequence.h"
#include "sigmoid.h"

typedef struct {
    aot_gate gate;
    aot_sequence sequence;
    aot_factor state_factor; /* from fractions of 2^15 to the steps of the output */
    aot_output output;
} aot_simple_rnn_layer;

static inline void aot_simple_rnn(const aot_simple_rnn_layer *layer, const int8_t *input, int8_t *state,
                                  int8_t *output) {
    const aot_factor gate = {3, 0}; /* from steps of 2^-12 to the table of kernels/sigmoid.h */
    const int8_t *x = input + layer->sequence.first;
    for (int32_t time = 0; time < layer->sequence.steps;
         ++time, x += layer->sequence.time_step, output += layer->sequence.units) {
        for (int32_t unit = 0; unit < layer->sequence.units; ++unit) {
            const int32_t argument =
                aot_gate_argument_int8(&layer->gate, x, layer->sequence.inputs, state, layer->sequence.units, unit);
            const int32_t activated = aot_tanh_int16(argument, gate);
            output[unit] = (int8_t)aot_output_of(aot_requantize_by(activated, layer->state_factor), &layer->output);
        }
        memcpy(state, output, (size_t)layer->sequence.units);
    }
}

#endif
