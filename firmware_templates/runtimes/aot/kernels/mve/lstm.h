/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* UNIDIRECTIONAL_SEQUENCE_LSTM with int8 activations, for cores with Helium; layouts as in ../lstm.h.
 *
 * Four units at a time: each gate is 4 sums over the input and 4 over the hidden state, which become the lanes of a
 * vector; activations and the cell state are computed in lanes of 32 bits, with entries of the table gathered.  Rows of
 * weights are filled up with zeros to a multiple of 4 units; states and outputs behind the last unit are not touched.
 */
#ifndef AOT_MVE_LSTM_H
#define AOT_MVE_LSTM_H

#include "../sigmoid.h"
#include "gates.h"

typedef struct {
    const int8_t *weights; /* [unit, rounded up][column] */
    const int32_t *starts; /* [unit, rounded up] */
    aot_mve_scale scale;
} aot_mve_gate;

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

/* What 4 units from `unit` on get of a vector, in steps of 2^-12. */
AOT_INLINE int32x4_t aot_mve_gate_part(const aot_mve_gate *gate, const int8_t *vector, int32_t columns, int32_t unit) {
    const int32x4_t sums = aot_mve_four_rows(vector, gate->weights + unit * columns, gate->starts + unit, columns);
    return aot_mve_saturate_int16(aot_mve_scaled(sums, &gate->scale));
}

/* aot_sigmoid_at() less its value at 0, with the sign of the lanes, less 1 where that is negative.  `bits` is 9 for
 * magnitudes below 255 * 2^9, or 8. */
AOT_INLINE int32x4_t aot_mve_sigmoid(int32x4_t scaled, int bits) {
    const int32x4_t signs = vshrq_n_s32(scaled, 31);
    int32x4_t magnitudes = vabsq_s32(scaled);
    if (bits == 8) {
        magnitudes = vminq_s32(magnitudes, vdupq_n_s32(65535));
    }
    const uint32x4_t at = vreinterpretq_u32_s32(bits == 8 ? vshrq_n_s32(magnitudes, 8) : vshrq_n_s32(magnitudes, 9));
    const int32x4_t low = aot_mve_gather_halves(aot_centred_sigmoid, at);
    const int32x4_t high = aot_mve_gather_halves(aot_centred_sigmoid + 1, at);
    const int32x4_t fractions = vandq_s32(magnitudes, vdupq_n_s32((1 << bits) - 1));
    const int32x4_t whole = bits == 8 ? vshlq_n_s32(low, 8) : vshlq_n_s32(low, 9);
    return veorq_s32(vaddq_s32(whole, vmulq_s32(fractions, vsubq_s32(high, low))), signs);
}

/* Of arguments in steps of 2^-12, in fractions of 2^15: aot_logistic_int16. */
AOT_INLINE int32x4_t aot_mve_logistic(int32x4_t arguments) {
    const int32x4_t sigmoid = aot_mve_sigmoid(vmulq_n_s32(arguments, 3), 9);
    return vshrq_n_s32(vaddq_n_s32(sigmoid, (1 << 24) + (1 << 9)), 10);
}

/* Of scaled arguments: aot_tanh_int16. */
AOT_INLINE int32x4_t aot_mve_tanh(int32x4_t scaled) {
    return vshrq_n_s32(vaddq_n_s32(aot_mve_sigmoid(scaled, 8), 1 << 7), 8);
}

/* One point in time of one batch. */
AOT_INLINE void aot_mve_lstm_step(const aot_mve_lstm_layer *layer, const int8_t *input, const int8_t *hidden,
                                  aot_int16 *cell, int8_t *output) {
    const int32_t half = layer->tanh_factor.shift > 0 ? INT32_C(1) << (layer->tanh_factor.shift - 1) : 0;
    for (int32_t unit = 0; unit < layer->units; unit += 4) {
        const int32_t left = layer->units - unit;
        int32x4_t arguments[4];
        for (int32_t gate = 0; gate < 4; ++gate) { /* a loop: four times less code */
            const int32x4_t given = aot_mve_gate_part(&layer->from_input[gate], input, layer->inputs, unit);
            const int32x4_t kept = aot_mve_gate_part(&layer->from_hidden[gate], hidden, layer->units, unit);
            arguments[gate] = aot_mve_saturate_int16(vaddq_s32(given, kept));
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
        result = vmaxq_s32(vminq_s32(result, vdupq_n_s32(127)), vdupq_n_s32(-128));
        aot_mve_store_lowest_bytes(output + unit, result, left);
    }
}

__attribute__((unused)) static void aot_mve_lstm(const aot_mve_lstm_layer *layer, const int8_t *input, int8_t *hidden,
                                                 aot_int16 *cell, int8_t *output) {
    for (int32_t batch = 0; batch < layer->batches; ++batch, hidden += layer->units, cell += layer->units) {
        const int8_t *last = hidden;
        for (int32_t time = 0; time < layer->steps; ++time) {
            const int32_t at = batch * layer->batch_step + time * layer->time_step;
            int8_t *const result = output + at * layer->units;
            aot_mve_lstm_step(layer, input + at * layer->inputs, last, cell, result);
            last = result;
        }
        memmove(hidden, last, (size_t)layer->units);
    }
}

#endif
