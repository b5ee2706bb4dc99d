/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* UNIDIRECTIONAL_SEQUENCE_LSTM with int8 activations, for cores with the DSP extension; layouts as in ../lstm.h.
 *
 * Gates are computed unit by unit, four at a time (gates.h): input and forget gate are one byte pair, cell and output
 * gate the other.  `lanes` holds the input of a step, and behind it the hidden state. */
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

AOT_INLINE int32_t aot_dsp_lstm_argument(const aot_dsp_lstm_layer *layer, const int32_t *input, const int32_t *hidden,
                                         int32_t gate) {
    const int32_t from_input = aot_dsp_saturate_int16(aot_dsp_scaled(input[gate], &layer->from_input[gate]));
    const int32_t from_hidden = aot_dsp_saturate_int16(aot_dsp_scaled(hidden[gate], &layer->from_hidden[gate]));
    return aot_dsp_saturate_int16(from_input + from_hidden);
}

/* One point in time of one batch. */
AOT_INLINE void aot_dsp_lstm_step(const aot_dsp_lstm_layer *layer, const aot_uint32 *input, const aot_uint32 *hidden,
                                  aot_int16 *cell, int8_t *output) {
    const uint32_t *packed = layer->packed;
    const int32_t input_steps = (layer->inputs + 3) / 4, hidden_steps = (layer->units + 3) / 4;
    for (int32_t unit = 0; unit < layer->units; ++unit) {
        int32_t given[4], kept[4];
        packed = aot_dsp_four_gates(input, packed, input_steps, given);
        packed = aot_dsp_four_gates(hidden, packed, hidden_steps, kept);
        const int32_t update = aot_dsp_logistic(aot_dsp_lstm_argument(layer, given, kept, 0));
        const int32_t forget = aot_dsp_logistic(aot_dsp_lstm_argument(layer, given, kept, 1));
        const int32_t candidate = aot_dsp_tanh(3 * aot_dsp_lstm_argument(layer, given, kept, 2));
        const int32_t out = aot_dsp_logistic(aot_dsp_lstm_argument(layer, given, kept, 3));
        const int32_t old = aot_dsp_saturate_int16(aot_dsp_scaled(forget * cell[unit], &layer->forget));
        const int32_t added = aot_dsp_saturate_int16(aot_dsp_scaled(update * candidate, &layer->update));
        const int32_t sum = aot_dsp_saturate_int16(old + added);
        const int32_t state = aot_max(aot_min(layer->cell_clip, sum), layer->cell_low);
        cell[unit] = (int16_t)state;
        const int32_t squashed = aot_dsp_tanh(aot_sigmoid_scale(state, layer->tanh_factor));
        output[unit] = aot_saturate(aot_dsp_scaled(squashed * out, &layer->result) + layer->zero_point);
    }
}

__attribute__((unused)) static void aot_dsp_lstm(const aot_dsp_lstm_layer *layer, const int8_t *input, int8_t *hidden,
                                                 aot_int16 *cell, int8_t *output, aot_uint32 *lanes) {
    aot_uint32 *const kept = lanes + (layer->inputs + 3) / 4 * 2;
    for (int32_t batch = 0; batch < layer->batches; ++batch, hidden += layer->units, cell += layer->units) {
        aot_dsp_to_lanes(hidden, layer->units, kept);
        const int8_t *last = hidden;
        for (int32_t time = 0; time < layer->steps; ++time) {
            const int32_t at = batch * layer->batch_step + time * layer->time_step;
            int8_t *const result = output + at * layer->units;
            aot_dsp_to_lanes(input + at * layer->inputs, layer->inputs, lanes);
            aot_dsp_lstm_step(layer, lanes, kept, cell, result);
            aot_dsp_to_lanes(result, layer->units, kept);
            last = result;
        }
        memmove(hidden, last, (size_t)layer->units);
    }
}

#endif
