/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* UNIDIRECTIONAL_SEQUENCE_LSTM with int8 or int16 activations, for cores with Helium; layouts as in ../lstm.h.
 *
 * Four units at a time: each gate is 4 sums over the input and 4 over the hidden state, which become the lanes of a
 * vector (gates.h).  States and outputs behind the last unit are not touched. */
#ifndef AOT_MVE_LSTM_H
#define AOT_MVE_LSTM_H

#include "gates.h"

typedef struct {
    aot_mve_gate from_input[4]; /* input, forget, cell, output gate */
    aot_mve_gate from_hidden[4];
    aot_mve_scale forget;
    aot_mve_scale update;
    aot_mve_scale result;
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
} aot_mve_lstm_layer;

/* What 4 units from `unit` on get for a gate, in steps of 2^-12.  `bytes` (of an activation) is a constant. */
AOT_INLINE int32x4_t aot_mve_lstm_argument(const aot_mve_lstm_layer *layer, const void *input, const void *hidden,
                                           int32_t gate, int32_t unit, int bytes) {
    const aot_mve_gate *const from_input = &layer->from_input[gate], *const from_hidden = &layer->from_hidden[gate];
    if (bytes == 1) {
        const int32x4_t given = aot_mve_gate_part(from_input, (const int8_t *)input, layer->inputs, unit);
        const int32x4_t kept = aot_mve_gate_part(from_hidden, (const int8_t *)hidden, layer->units, unit);
        return aot_mve_saturate_int16(vaddq_s32(given, kept));
    }
    const int32x4_t given = aot_mve_wide_gate_part(from_input, (const aot_int16 *)input, layer->inputs, unit);
    const int32x4_t kept = aot_mve_wide_gate_part(from_hidden, (const aot_int16 *)hidden, layer->units, unit);
    return aot_mve_saturate_int16(vaddq_s32(given, kept));
}

/* One point in time of one batch. */
AOT_INLINE void aot_mve_lstm_step(const aot_mve_lstm_layer *layer, const void *input, const void *hidden,
                                  aot_int16 *cell, void *output, int bytes) {
    const int32_t half = layer->tanh_factor.shift > 0 ? INT32_C(1) << (layer->tanh_factor.shift - 1) : 0;
    for (int32_t unit = 0; unit < layer->units; unit += 4) {
        const int32_t left = layer->units - unit;
        int32x4_t arguments[4];
        for (int32_t gate = 0; gate < 4; ++gate) { /* a loop: four times less code */
            arguments[gate] = aot_mve_lstm_argument(layer, input, hidden, gate, unit, bytes);
        }
        const int32x4_t forget = aot_mve_logistic(arguments[1]);
        const int32x4_t old = vmulq_s32(forget, aot_mve_load_widened_halves(cell + unit, left));
        int32x4_t state = aot_mve_saturate_int16(aot_mve_scaled(old, &layer->forget));
        const int32x4_t update = aot_mve_logistic(arguments[0]);
        const int32x4_t candidate = aot_mve_tanh(vmulq_n_s32(arguments[2], 3));
        const int32x4_t added = aot_mve_scaled(vmulq_s32(update, candidate), &layer->update);
        state = aot_mve_saturate_int16(vaddq_s32(state, aot_mve_saturate_int16(added)));
        state = vmaxq_s32(vminq_s32(state, vdupq_n_s32(layer->cell_clip)), vdupq_n_s32(layer->cell_low));
        aot_mve_store_low_halves(cell + unit, state, left);
        const int32x4_t scaled = vaddq_n_s32(vmulq_n_s32(state, layer->tanh_factor.multiplier), half);
        const int32x4_t squashed = aot_mve_tanh(vshlq_r_s32(scaled, -layer->tanh_factor.shift));
        int32x4_t result = aot_mve_scaled(vmulq_s32(squashed, aot_mve_logistic(arguments[3])), &layer->result);
        result = vaddq_n_s32(result, layer->zero_point);
        if (bytes == 1) {
            aot_mve_store_results((int8_t *)output + unit, result, left);
        } else {
            aot_mve_store_low_halves((aot_int16 *)output + unit, aot_mve_saturate_int16(result), left);
        }
    }
}

AOT_INLINE void aot_mve_lstm_sequence(const aot_mve_lstm_layer *layer, const void *input, void *hidden, aot_int16 *cell,
                                      void *output, int bytes) {
    const int32_t hidden_bytes = layer->units * bytes;
    uint8_t *state = (uint8_t *)hidden;
    for (int32_t batch = 0; batch < layer->batches; ++batch, state += hidden_bytes, cell += layer->units) {
        const uint8_t *last = state;
        for (int32_t time = 0; time < layer->steps; ++time) {
            const int32_t at = batch * layer->batch_step + time * layer->time_step;
            const uint8_t *const x = (const uint8_t *)input + at * layer->inputs * bytes;
            uint8_t *const result = (uint8_t *)output + at * hidden_bytes;
            aot_mve_lstm_step(layer, x, last, cell, result, bytes);
            last = result;
        }
        memcpy(state, last, (size_t)hidden_bytes);
    }
}

__attribute__((unused)) static void aot_mve_lstm(const aot_mve_lstm_layer *layer, const int8_t *input, int8_t *hidden,
                                                 aot_int16 *cell, int8_t *output) {
    aot_mve_lstm_sequence(layer, input, hidden, cell, output, 1);
}

__attribute__((unused)) static void aot_mve_lstm_int16(const aot_mve_lstm_layer *layer, const aot_int16 *input,
                                                       aot_int16 *hidden, aot_int16 *cell, aot_int16 *output) {
    aot_mve_lstm_sequence(layer, input, hidden, cell, output, 2);
}

#endif
