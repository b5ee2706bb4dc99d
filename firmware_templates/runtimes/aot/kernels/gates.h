/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Gates of recurrent layers: sums over the input and over the hidden state, each brought to steps of 2^-12 by itself.
 */
#ifndef AOT_GATES_H
#define AOT_GATES_H

#include "aot.h"
#include "wide.h"

typedef struct {
    const int8_t *input_weights;      /* [unit][input] */
    const int8_t *recurrent_weights;  /* [unit][unit] */
    const void *input_effective_bias; /* [unit]: bias - zero point * sum of weights; see aot_wide_bias */
    const void *recurrent_effective_bias;
    aot_factor input_factor; /* to steps of 2^-12 */
    aot_factor recurrent_factor;
} aot_gate;

AOT_INLINE int32_t aot_saturate_int16(int32_t value) {
    return aot_min(aot_max(value, -32768), 32767);
}

AOT_INLINE int32_t aot_gate_products(const void *input, const int8_t *weights, int32_t count,
                                     const void *effective_bias, int32_t unit, aot_factor factor, int bytes) {
    const int sums = bytes == 1 ? AOT_SUMS_WRAP_32 : AOT_SUMS_64;
    const int8_t *w = weights + unit * count;
    int64_t sum = 0;
    if (bytes == 1) {
        uint32_t products = 0;
        for (int32_t i = 0; i < count; ++i) {
            products += (uint32_t)(((const int8_t *)input)[i] * w[i]);
        }
        sum = products;
    } else {
        sum = aot_wide_dot(0, (const aot_int16 *)input, w, count, 1, sums);
    }
    const int64_t bias = aot_wide_bias(effective_bias, unit, sums);
    return aot_saturate_int16(aot_wide_scaled(sum, bias, factor.multiplier, factor.shift, sums));
}

/* What unit `unit` gets of the hidden state, in steps of 2^-12; `bytes` of an activation. */
AOT_INLINE int32_t aot_gate_from_hidden(const aot_gate *gate, const void *hidden, int32_t units, int32_t unit,
                                        int bytes) {
    return aot_gate_products(hidden, gate->recurrent_weights, units, gate->recurrent_effective_bias, unit,
                             gate->recurrent_factor, bytes);
}

/* What it gets of the input. */
AOT_INLINE int32_t aot_gate_from_input(const aot_gate *gate, const void *input, int32_t inputs, int32_t unit,
                                       int bytes) {
    return aot_gate_products(input, gate->input_weights, inputs, gate->input_effective_bias, unit, gate->input_factor,
                             bytes);
}

/* The argument of a gate's activation, in steps of 2^-12. */
AOT_INLINE int32_t aot_gate_argument(const aot_gate *gate, const void *input, int32_t inputs, const void *hidden,
                                     int32_t units, int32_t unit, int bytes) {
    return aot_saturate_int16(aot_gate_from_input(gate, input, inputs, unit, bytes) +
                              aot_gate_from_hidden(gate, hidden, units, unit, bytes));
}

/* The same as functions: a layer asks for several gates, and each of them inlined would be most of its code. */
__attribute__((noinline, unused)) static int32_t aot_gate_argument_int8(const aot_gate *gate, const void *input,
                                                                        int32_t inputs, const void *hidden,
                                                                        int32_t units, int32_t unit) {
    return aot_gate_argument(gate, input, inputs, hidden, units, unit, 1);
}

__attribute__((noinline, unused)) static int32_t aot_gate_argument_int16(const aot_gate *gate, const void *input,
                                                                         int32_t inputs, const void *hidden,
                                                                         int32_t units, int32_t unit) {
    return aot_gate_argument(gate, input, inputs, hidden, units, unit, 2);
}

#endif
