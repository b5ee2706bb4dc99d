/* FULLY_CONNECTED, int8, with one scale or one for each output channel.
 *
 * Layouts: input [rows][depth], weights [channel][depth], output [rows][channel].
 * output = clamp(rescale(folded + sum of weight * input)), folded = bias - input zero point * sum of weights.
 *
 * Four channels share each loaded input.  The last channels of a count that is no multiple of four are computed again
 * from the same weights rather than by a loop of their own. */
#ifndef AOT_FULLY_CONNECTED_H
#define AOT_FULLY_CONNECTED_H

#include "aot.h"

typedef struct {
    const int8_t *weights;
    const int32_t *folded;
    const int32_t *multiplier; /* one, or one a channel */
    const int8_t *shift;
    int32_t rows;
    int32_t depth;
    int32_t channels;
    int32_t output_zero_point;
    int32_t minimum; /* of the fused activation, quantized */
    int32_t maximum;
} aot_fully_connected_layer;

AOT_INLINE int8_t aot_fully_connected_finish(const aot_fully_connected_layer *layer, uint32_t sum, int32_t channel,
                                             int per_channel, int finish) {
    const int32_t factor = per_channel ? channel : 0;
    return aot_finish(sum, layer->multiplier[factor], layer->shift[factor], layer->output_zero_point, layer->minimum,
                      layer->maximum, finish);
}

/* `per_channel` and `finish` are constants of the kernel class. */
AOT_INLINE void aot_fully_connected(const aot_fully_connected_layer *layer, const int8_t *input, int8_t *output,
                                    int per_channel, int finish) {
    const int32_t depth = layer->depth, last = layer->channels - 1;
    for (int32_t row = 0; row < layer->rows; ++row) {
        for (int32_t c0 = 0; c0 <= last; c0 += 4) {
            const int32_t c1 = aot_min(c0 + 1, last), c2 = aot_min(c0 + 2, last), c3 = aot_min(c0 + 3, last);
            const int8_t *w0 = layer->weights + c0 * depth, *w1 = layer->weights + c1 * depth;
            const int8_t *w2 = layer->weights + c2 * depth, *w3 = layer->weights + c3 * depth;
            uint32_t sum0 = (uint32_t)layer->folded[c0], sum1 = (uint32_t)layer->folded[c1];
            uint32_t sum2 = (uint32_t)layer->folded[c2], sum3 = (uint32_t)layer->folded[c3];
            for (int32_t i = 0; i < depth; ++i) {
                const int32_t a = input[i];
                sum0 += (uint32_t)(a * w0[i]);
                sum1 += (uint32_t)(a * w1[i]);
                sum2 += (uint32_t)(a * w2[i]);
                sum3 += (uint32_t)(a * w3[i]);
            }
            output[c0] = aot_fully_connected_finish(layer, sum0, c0, per_channel, finish);
            output[c1] = aot_fully_connected_finish(layer, sum1, c1, per_channel, finish);
            output[c2] = aot_fully_connected_finish(layer, sum2, c2, per_channel, finish);
            output[c3] = aot_fully_connected_finish(layer, sum3, c3, per_channel, finish);
        }
        input += depth;
        output += layer->channels;
    }
}

#endif
