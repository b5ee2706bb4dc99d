/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* UNIDIRECTIONAL_SEQUENCE_LSTM with int8 or int16 activations, for cores with the DSP extension; layouts as in
 * ../lstm.h.
 *
 * Gates are computed unit by unit, four at a time (gates.h): input, forget, cell and output gate.  `lanes` holds the
 * input of a step, and behind it the hidden state. */
#ifndef AOT_DSP_LSTM_H
#define AOT_DSP_LSTM_H

#include "gates.h"

typedef struct {
    const uint32_t *packed;      /* [unit]: the four gates over the input, over the hidden state */
    aot_dsp_scale from_input[4]; /* input, forget, cell, output gate */
    aot_dsp_scale from_hidden[4];
    aot_dsp_scale forget;
    aot_dsp_scale update;
    aot_dsp_scale result;
    int32_t batches;
    int32_t steps;
    int32_t inputs;
    int32_t units;
    int32_t batch_step; /* positions (of `inputs` or `units` elements) from one batch to the next */
    int32_t time_step;  /* and from one point in time to the next */
    int32_t zero_point;
    aot_factor tanh_factor; /* from the cell state to the table of kernels/sigmoid.h */
    int32_t cell_clip;      /* 32767: none */
    int32_t cell_low;
} aot_dsp_lstm_layer;

/* Of gate `gate`, a sum over the input and one over the hidden state.  `bytes` (of an activation) is a constant. */
AOT_INLINE int32_t aot_dsp_lstm_argument(const aot_dsp_lstm_layer *layer, const int32_t *input, const int32_t *hidden,
                                         int32_t gate, int bytes) {
    if (bytes == 1) {
        return aot_dsp_gate_argument(input[gate], &layer->from_input[gate], hidden[gate], &layer->from_hidden[gate]);
    }
    const int32_t from_input = aot_dsp_saturate_int16(aot_dsp_scaled_wide(input[gate], &layer->from_input[gate]));
    const int32_t from_hidden = aot_dsp_saturate_int16(aot_dsp_scaled_wide(hidden[gate], &layer->from_hidden[gate]));
    return aot_dsp_saturate_int16(from_input + from_hidden);
}

AOT_INLINE const uint32_t *aot_dsp_lstm_sums(const aot_uint32 *lanes, const uint32_t *packed, int32_t steps,
                                             int32_t *gates, int bytes) {
    return bytes == 1 ? aot_dsp_four_gates(lanes, packed, steps, gates)
                      : aot_dsp_four_wide_gates(lanes, packed, steps, gates);
}

AOT_INLINE void aot_dsp_lstm_lanes(const void *from, int32_t count, aot_uint32 *lanes, int bytes) {
    if (bytes == 1) {
        aot_dsp_to_lanes((const int8_t *)from, count, lanes);
    } else { /* what is behind them meets weights that are 0 */
        memcpy(lanes, from, (size_t)count * 2);
    }
}

/* One point in time of one batch. */
AOT_INLINE void aot_dsp_lstm_step(const aot_dsp_lstm_layer *layer, const aot_uint32 *input, const aot_uint32 *hidden,
                                  aot_int16 *cell, void *output, int bytes) {
    const uint32_t *packed = layer->packed;
    const int32_t input_steps = aot_dsp_gate_steps(layer->inputs), hidden_steps = aot_dsp_gate_steps(layer->units);
    for (int32_t unit = 0; unit < layer->units; ++unit) {
        int32_t given[4], kept[4];
        packed = aot_dsp_lstm_sums(input, packed, input_steps, given, bytes);
        packed = aot_dsp_lstm_sums(hidden, packed, hidden_steps, kept, bytes);
        const int32_t update = aot_dsp_logistic(aot_dsp_lstm_argument(layer, given, kept, 0, bytes));
        const int32_t forget = aot_dsp_logistic(aot_dsp_lstm_argument(layer, given, kept, 1, bytes));
        const int32_t candidate = aot_dsp_tanh(3 * aot_dsp_lstm_argument(layer, given, kept, 2, bytes));
        const int32_t out = aot_dsp_logistic(aot_dsp_lstm_argument(layer, given, kept, 3, bytes));
        const int32_t old = aot_dsp_saturate_int16(aot_dsp_scaled(forget * cell[unit], &layer->forget));
        const int32_t added = aot_dsp_saturate_int16(aot_dsp_scaled(update * candidate, &layer->update));
        const int32_t sum = aot_dsp_saturate_int16(old + added);
        const int32_t state = aot_max(aot_min(layer->cell_clip, sum), layer->cell_low);
        cell[unit] = (int16_t)state;
        const int32_t squashed = aot_dsp_tanh(aot_sigmoid_scale(state, layer->tanh_factor));
        const int32_t result = aot_dsp_scaled(squashed * out, &layer->result) + layer->zero_point;
        aot_store(output, unit, bytes == 1 ? aot_saturate(result) : aot_dsp_saturate_int16(result), bytes);
    }
}

AOT_INLINE void aot_dsp_lstm_sequence(const aot_dsp_lstm_layer *layer, const void *input, void *hidden, aot_int16 *cell,
                                      void *output, aot_uint32 *lanes, int bytes) {
    aot_uint32 *const kept = lanes + aot_dsp_gate_steps(layer->inputs) * 2;
    const int32_t hidden_bytes = layer->units * bytes;
    uint8_t *state = (uint8_t *)hidden;
    for (int32_t batch = 0; batch < layer->batches; ++batch, state += hidden_bytes, cell += layer->units) {
        aot_dsp_lstm_lanes(state, layer->units, kept, bytes);
        const uint8_t *last = state;
        for (int32_t time = 0; time < layer->steps; ++time) {
            const int32_t at = batch * layer->batch_step + time * layer->time_step;
            uint8_t *const result = (uint8_t *)output + at * hidden_bytes;
            aot_dsp_lstm_lanes((const uint8_t *)input + at * layer->inputs * bytes, layer->inputs, lanes, bytes);
            aot_dsp_lstm_step(layer, lanes, kept, cell, result, bytes);
            aot_dsp_lstm_lanes(result, layer->units, kept, bytes);
            last = result;
        }
        memcpy(state, last, (size_t)hidden_bytes);
    }
}

__attribute__((unused)) static void aot_dsp_lstm(const aot_dsp_lstm_layer *layer, const int8_t *input, int8_t *hidden,
                                                 aot_int16 *cell, int8_t *output, aot_uint32 *lanes) {
    aot_dsp_lstm_sequence(layer, input, hidden, cell, output, lanes, 1);
}

__attribute__((unused)) static void aot_dsp_lstm_int16(const aot_dsp_lstm_layer *layer, const aot_int16 *input,
                                                       aot_int16 *hidden, aot_int16 *cell, aot_int16 *output,
                                                       aot_uint32 *lanes) {
    aot_dsp_lstm_sequence(layer, input, hidden, cell, output, lanes, 2);
}

#endif
