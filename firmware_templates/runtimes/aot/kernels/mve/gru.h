/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* MCU_GRU for cores with Helium; layouts as in ../gru.h.
 *
 * Four units at a time (gates.h).  `scratch` holds the hidden state in the steps of the output before the first step,
 * and behind it what the reset gates leave of it, where they are applied before the product. */
#ifndef AOT_MVE_GRU_H
#define AOT_MVE_GRU_H

#include "../sequence.h"
#include "gates.h"

enum { AOT_MVE_GRU_UPDATE, AOT_MVE_GRU_RESET, AOT_MVE_GRU_CANDIDATE };

typedef struct {
    aot_mve_gate from_input[3]; /* update, reset, candidate */
    aot_mve_gate from_hidden[3];
    aot_mve_scale result; /* from the state to the steps of the output */
    aot_sequence sequence;
    int32_t zero_point;
} aot_mve_gru_layer;

/* The first `count` of 4 states, in the steps of the output. */
AOT_INLINE void aot_mve_gru_store(const aot_mve_gru_layer *layer, int8_t *to, int32x4_t states, int32_t count) {
    const int32x4_t results = aot_mve_scaled(states, &layer->result);
    aot_mve_store_results(to, vaddq_n_s32(results, layer->zero_point), count);
}

/* fractions * values / 2^15, halves up. */
AOT_INLINE int32x4_t aot_mve_gru_share(int32x4_t fractions, int32x4_t values) {
    return vrshrq_n_s32(vmulq_s32(fractions, values), 15);
}

/* Of 4 units from `unit` on. */
AOT_INLINE int32x4_t aot_mve_gru_gate(const aot_mve_gru_layer *layer, const int8_t *input, const int8_t *hidden,
                                      int32_t gate, int32_t unit) {
    const int32x4_t given = aot_mve_gate_part(&layer->from_input[gate], input, layer->sequence.inputs, unit);
    const int32x4_t kept = aot_mve_gate_part(&layer->from_hidden[gate], hidden, layer->sequence.units, unit);
    return aot_mve_logistic(aot_mve_saturate_int16(vaddq_s32(given, kept)));
}

/* What the reset gates leave of the hidden state, for all units. */
AOT_INLINE void aot_mve_gru_reset(const aot_mve_gru_layer *layer, const int8_t *input, const int8_t *hidden,
                                  const aot_int16 *state, int8_t *left_over) {
    for (int32_t unit = 0; unit < layer->sequence.units; unit += 4) {
        const int32_t left = layer->sequence.units - unit;
        const int32x4_t reset = aot_mve_gru_gate(layer, input, hidden, AOT_MVE_GRU_RESET, unit);
        const int32x4_t states = aot_mve_load_widened_halves(state + unit, left);
        aot_mve_gru_store(layer, left_over + unit, aot_mve_gru_share(reset, states), left);
    }
}

/* One step; `reset_after` is a constant of the kernel class. */
AOT_INLINE void aot_mve_gru_step(const aot_mve_gru_layer *layer, const int8_t *input, const int8_t *hidden,
                                 aot_int16 *state, int8_t *output, int8_t *left_over, int reset_after) {
    const aot_mve_gate *const from_input = &layer->from_input[AOT_MVE_GRU_CANDIDATE];
    const aot_mve_gate *const from_hidden = &layer->from_hidden[AOT_MVE_GRU_CANDIDATE];
    if (!reset_after) {
        aot_mve_gru_reset(layer, input, hidden, state, left_over);
    }
    for (int32_t unit = 0; unit < layer->sequence.units; unit += 4) {
        const int32_t left = layer->sequence.units - unit;
        int32x4_t kept = aot_mve_gate_part(from_hidden, reset_after ? hidden : left_over, layer->sequence.units, unit);
        if (reset_after) {
            kept = aot_mve_gru_share(aot_mve_gru_gate(layer, input, hidden, AOT_MVE_GRU_RESET, unit), kept);
        }
        const int32x4_t given = aot_mve_gate_part(from_input, input, layer->sequence.inputs, unit);
        const int32x4_t argument = aot_mve_saturate_int16(vaddq_s32(given, kept));
        const int32x4_t candidate = aot_mve_tanh(vmulq_n_s32(argument, 3));
        const int32x4_t update = aot_mve_gru_gate(layer, input, hidden, AOT_MVE_GRU_UPDATE, unit);
        const int32x4_t before = aot_mve_load_widened_halves(state + unit, left);
        /* |update * difference| is at most 32767 * 65535. */
        const int32x4_t after = vaddq_s32(candidate, aot_mve_gru_share(update, vsubq_s32(before, candidate)));
        aot_mve_store_low_halves(state + unit, after, left);
        aot_mve_gru_store(layer, output + unit, after, left);
    }
}

AOT_INLINE void aot_mve_gru(const aot_mve_gru_layer *layer, const int8_t *input, aot_int16 *state, int8_t *output,
                            int8_t *scratch, int reset_after) {
    const int8_t *x = input + layer->sequence.first, *last = scratch;
    for (int32_t unit = 0; unit < layer->sequence.units; unit += 4) {
        const int32_t left = layer->sequence.units - unit;
        aot_mve_gru_store(layer, scratch + unit, aot_mve_load_widened_halves(state + unit, left), left);
    }
    for (int32_t time = 0; time < layer->sequence.steps;
         ++time, x += layer->sequence.time_step, output += layer->sequence.units) {
        aot_mve_gru_step(layer, x, last, state, output, scratch + layer->sequence.units, reset_after);
        last = output;
    }
}

__attribute__((unused)) static void aot_mve_gru_reset_after(const aot_mve_gru_layer *layer, const int8_t *input,
                                                            aot_int16 *state, int8_t *output, int8_t *scratch) {
    aot_mve_gru(layer, input, state, output, scratch, 1);
}

__attribute__((unused)) static void aot_mve_gru_reset_before(const aot_mve_gru_layer *layer, const int8_t *input,
                                                             aot_int16 *state, int8_t *output, int8_t *scratch) {
    aot_mve_gru(layer, input, state, output, scratch, 0);
}

#endif
