/* ADD, int8, with broadcasting.
 *
 * Both inputs are brought to twice the larger input scale with 20 more bits, added, and rescaled to the output:
 * output = clamp(rescale(scale1(x1 - zero point 1) + scale2(x2 - zero point 2)) + output zero point).
 * The input with the larger scale has a factor of exactly a half: a shift by 19 instead of a multiplication.
 *
 * Shapes are four loops; a step of 0 repeats an input along a broadcast dimension.  The output may take the memory of
 * an input that is not broadcast. */
#ifndef AOT_ADD_H
#define AOT_ADD_H

#include "aot.h"

typedef struct {
    int32_t zero_point;
    int32_t multiplier;
    int32_t shift;   /* 0 or negative */
    int32_t step[4]; /* elements from one index to the next, outermost dimension first */
} aot_add_input;

typedef struct {
    aot_add_input input[2];
    int32_t size[4]; /* of the output, outermost dimension first */
    int32_t multiplier;
    int32_t shift; /* 0 or negative */
    int32_t zero_point;
    int32_t minimum; /* of the fused activation, quantized */
    int32_t maximum;
} aot_add_layer;

AOT_INLINE int32_t aot_add_scale(const aot_add_input *input, int32_t value, int half) {
    const int32_t centred = value - input->zero_point;
    return half ? centred * (1 << 19) : aot_requantize(centred * (1 << 20), input->multiplier, input->shift);
}

/* `half0`, `half1` (the input's factor is a half) and `finish` are constants of the kernel class. */
AOT_INLINE void aot_add(const aot_add_layer *layer, const int8_t *input0, const int8_t *input1, int8_t *output,
                        int half0, int half1, int finish) {
    const aot_add_input *first = &layer->input[0], *second = &layer->input[1];
    for (int32_t a = 0; a < layer->size[0]; ++a) {
        for (int32_t b = 0; b < layer->size[1]; ++b) {
            for (int32_t c = 0; c < layer->size[2]; ++c) {
                const int8_t *x = input0 + a * first->step[0] + b * first->step[1] + c * first->step[2];
                const int8_t *y = input1 + a * second->step[0] + b * second->step[1] + c * second->step[2];
                for (int32_t d = layer->size[3]; d > 0; --d, x += first->step[3], y += second->step[3]) {
                    const int32_t sum = aot_add_scale(first, *x, half0) + aot_add_scale(second, *y, half1);
                    *output++ = aot_finish((uint32_t)sum, layer->multiplier, layer->shift, layer->zero_point,
                                           layer->minimum, layer->maximum, finish);
                }
            }
        }
    }
}

#endif
