/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* UNIDIRECTIONAL_SEQUENCE_LSTM with int8 or int16 activations, int8 weights and a cell state of int16.
 *
 * Layouts: input [time][batch][input] or [batch][time][input], output alike with units; hidden state [batch][unit] of
 * the activations' type, cell state [batch][unit].  Gates are computed unit by unit; the new hidden state is written to
 * the output and becomes the state when all units are done, because every gate of a step needs the old one. */
#ifndef AOT_LSTM_H
#define AOT_LSTM_H

#include "aot.h"
#include "gates.h"
#include "sigmoid.h"

typedef struct {
    aot_gate forget;
    aot_gate input;
    aot_gate cell;
    aot_gate output;
    int32_t batches;
    int32_t steps;
    int32_t inputs;
    int32_t units;
    int32_t batch_step; /* positions (of `inputs` or `units` elements) from one batch to the next */
    int32_t time_step;  /* and from one point in time to the next */
    aot_factor forget_factor;
    aot_factor update_factor;
    aot_factor hidden_factor;
    aot_output hidden;
    aot_factor tanh_factor; /* from the cell state to the table of kernels/sigmoid.h */
    int32_t cell_clip;      /* 32767: none */
    int32_t cell_low;
} aot_lstm_layer;

AOT_INLINE int32_t aot_lstm_argument(const aot_lstm_layer *layer, const aot_gate *gate, const void *input,
                                     const void *hidden, int32_t unit, int bytes) {
    return bytes == 1 ? aot_gate_argument_int8(gate, input, layer->inputs, hidden, layer->units, unit)
                      : aot_gate_argument_int16(gate, input, layer->inputs, hidden, layer->units, unit);
}

/* The new cell state of a unit. */
AOT_INLINE int16_t aot_lstm_cell(const aot_lstm_layer *layer, int32_t cell, int32_t forget, int32_t input,
                                 int32_t candidate) {
    const int32_t kept = aot_requantize_by(forget * cell, layer->forget_factor);
    const int32_t added = aot_requantize_by(input * candidate, layer->update_factor);
    const int32_t sum = aot_saturate_int16(aot_saturate_int16(kept) + aot_saturate_int16(added));
    return (int16_t)aot_max(aot_min(layer->cell_clip, sum), layer->cell_low);
}

/* One point in time of one batch; `output` receives the new hidden state.  `bytes` (of an activation) is a constant of
 * the kernel class. */
AOT_INLINE void aot_lstm_step(const aot_lstm_layer *layer, const void *input, const void *hidden, aot_int16 *cell,
                              void *output, int bytes) {
    const aot_factor gate = {3, 0}; /* from steps of 2^-12 to the table of kernels/sigmoid.h */
    for (int32_t unit = 0; unit < layer->units; ++unit) {
        const int32_t forget = aot_lstm_argument(layer, &layer->forget, input, hidden, unit, bytes);
        const int32_t update = aot_lstm_argument(layer, &layer->input, input, hidden, unit, bytes);
        const int32_t candidate = aot_lstm_argument(layer, &layer->cell, input, hidden, unit, bytes);
        const int32_t out = aot_lstm_argument(layer, &layer->output, input, hidden, unit, bytes);
        cell[unit] = aot_lstm_cell(layer, cell[unit], aot_logistic_int16(forget, gate),
                                   aot_logistic_int16(update, gate), aot_tanh_int16(candidate, gate));
        const int32_t squashed = aot_tanh_int16(cell[unit], layer->tanh_factor);
        const int32_t product = squashed * aot_logistic_int16(out, gate);
        aot_store(output, unit, aot_output_of(aot_requantize_by(product, layer->hidden_factor), &layer->hidden), bytes);
    }
}

AOT_INLINE void aot_lstm(const aot_lstm_layer *layer, const void *input, void *hidden, aot_int16 *cell, void *output,
                         int bytes) {
    const int32_t hidden_bytes = layer->units * bytes;
    for (int32_t batch = 0; batch < layer->batches; ++batch) {
        uint8_t *state = (uint8_t *)hidden + batch * hidden_bytes;
        for (int32_t time = 0; time < layer->steps; ++time) {
            const int32_t at = batch * layer->batch_step + time * layer->time_step;
            const uint8_t *x = (const uint8_t *)input + at * layer->inputs * bytes;
            uint8_t *y = (uint8_t *)output + at * hidden_bytes;
            aot_lstm_step(layer, x, state, cell + batch * layer->units, y, bytes);
            memcpy(state, y, (size_t)hidden_bytes);
        }
    }
}

static inline void aot_lstm_int8(const aot_lstm_layer *layer, const int8_t *input, int8_t *hidden, aot_int16 *cell,
                                 int8_t *output) {
    aot_lstm(layer, input, hidden, cell, output, 1);
}

static inline void aot_lstm_int16(const aot_lstm_layer *layer, const aot_int16 *input, aot_int16 *hidden,
                                  aot_int16 *cell, aot_int16 *output) {
    aot_lstm(layer, input, hidden, cell, output, 2);
}

#endif
