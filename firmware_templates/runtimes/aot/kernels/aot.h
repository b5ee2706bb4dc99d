/* What all kernels share: compiler words and the arithmetic from 32-bit sums back to 8 bits.
 *
 * All rounding is that of TensorFlow Lite Micro ("double rounding": once in the multiplication, once in the shift), so
 * that results are equal to its results to the last bit.  Right shifts of negative numbers are arithmetic on every
 * compiler this code is for.  Sums are kept in uint32_t because a sum may wrap on its way and must not be undefined. */
#ifndef AOT_H
#define AOT_H

#include <stdint.h>
#include <string.h>

#if !defined(__GNUC__)
#error "Teach these words about this compiler (GCC, Clang and Arm Compiler 6 are known)."
#endif

/* The bodies of kernels: their constant arguments only pay where they are inlined. */
#define AOT_INLINE static inline __attribute__((always_inline))
/* Before loops whose number of turns is a constant of the kernel class. */
#if defined(__clang__)
#define AOT_UNROLL _Pragma("clang loop unroll(enable)")
#else
#define AOT_UNROLL _Pragma("GCC unroll 8")
#endif

/* A float in the arena: the same bytes hold other types at other times. */
typedef float __attribute__((may_alias)) aot_float32;

/* Called after every layer with what it produced, before anything overwrites it.  Empty unless the firmware is built
 * with -DINFERENCE_OBSERVER=1, or AOT_OBSERVE is defined by whoever compiles this. */
#if defined(INFERENCE_OBSERVER) && INFERENCE_OBSERVER
#ifdef __cplusplus
extern "C"
#endif
    void
    aot_observe(uint32_t layer, uint32_t tensor, const void *data, uint32_t size_bytes);
#define AOT_OBSERVE(layer, tensor, data, size_bytes) aot_observe(layer, tensor, data, size_bytes)
#elif !defined(AOT_OBSERVE)
#define AOT_OBSERVE(layer, tensor, data, size_bytes) ((void)0)
#endif

AOT_INLINE int32_t aot_min(int32_t a, int32_t b) {
    return a < b ? a : b;
}

AOT_INLINE int32_t aot_max(int32_t a, int32_t b) {
    return a > b ? a : b;
}

AOT_INLINE int8_t aot_clamp(int32_t value, int32_t minimum, int32_t maximum) {
    return (int8_t)aot_min(aot_max(value, minimum), maximum);
}

/* a * b / 2^31, rounded to nearest, halves up.  Not both arguments may be INT32_MIN; no multiplier is. */
AOT_INLINE int32_t aot_doubling_high_mul(int32_t a, int32_t b) {
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

/* value / 2^exponent, rounded to nearest, halves away from zero; exponent 0..31. */
AOT_INLINE int32_t aot_rounding_shift(int32_t value, int32_t exponent) {
    const int32_t mask = (int32_t)((UINT32_C(1) << exponent) - 1);
    const int32_t remainder = value & mask;
    const int32_t threshold = (mask >> 1) + (value < 0 ? 1 : 0);
    return (value >> exponent) + (remainder > threshold ? 1 : 0);
}

/* sum * multiplier / 2^31 * 2^shift, shift -31..30: TensorFlow Lite Micro's MultiplyByQuantizedMultiplier. */
AOT_INLINE int32_t aot_requantize(int32_t sum, int32_t multiplier, int32_t shift) {
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t right = shift > 0 ? 0 : -shift;
    return aot_rounding_shift(aot_doubling_high_mul((int32_t)((uint32_t)sum << left), multiplier), right);
}

/* The same in fewer instructions for |sum| < 2^30 and shift -31..-1 (the compiler of the model checks both for every
 * sum the layer can have): rounding halves away from zero is adding a half, less one for negative values. */
AOT_INLINE int32_t aot_requantize_right(int32_t sum, int32_t multiplier, int32_t shift) {
    const int32_t value = aot_doubling_high_mul(sum, multiplier);
    return (value + (int32_t)(UINT32_C(1) << (-shift - 1)) + (value >> 31)) >> -shift;
}

/* How sums become outputs: a constant of the kernel class, a sum of these. */
enum {
    AOT_SHORT_ROUNDING = 1, /* aot_requantize_right may be used */
    AOT_WHOLE_RANGE = 2     /* no fused activation narrows the output: minimum is -128, maximum is 127 */
};

AOT_INLINE int8_t aot_finish(uint32_t sum, int32_t multiplier, int32_t shift, int32_t zero_point, int32_t minimum,
                             int32_t maximum, int finish) {
    const int32_t scaled = (finish & AOT_SHORT_ROUNDING) ? aot_requantize_right((int32_t)sum, multiplier, shift)
                                                         : aot_requantize((int32_t)sum, multiplier, shift);
    const int32_t output = (int32_t)((uint32_t)scaled + (uint32_t)zero_point);
    return (finish & AOT_WHOLE_RANGE) ? aot_clamp(output, -128, 127) : aot_clamp(output, minimum, maximum);
}

/* The taps of a window that lie inside the image: rows top .. bottom - 1 and columns left .. right - 1 of the kernel.
 */
typedef struct {
    int32_t top, bottom, left, right;
} aot_clip;

/* First tap inside, for a window that starts at `start`; divisions by a dilation of 1 vanish. */
AOT_INLINE int32_t aot_clip_begin(int32_t start, int32_t dilation) {
    return start < 0 ? (dilation - 1 - start) / dilation : 0;
}

/* One past the last tap inside, of `kernel` taps over `size` elements. */
AOT_INLINE int32_t aot_clip_end(int32_t start, int32_t size, int32_t kernel, int32_t dilation) {
    return start < size ? aot_min(kernel, (size - 1 - start) / dilation + 1) : 0;
}

/* The inner loop of matrix products: sums += 2 runs of inputs x 2 runs of weights, `count` elements each; in a border
 * (a constant of the call) also weight_sums += the weights.  4 loads and 4 multiplications an element: more would need
 * more registers than a Cortex-M has, and unrolling makes GCC 12 run out of them. */
AOT_INLINE void aot_dot_2x2(const int8_t *x0, const int8_t *x1, const int8_t *w0, const int8_t *w1, int32_t count,
                            uint32_t sums[4], int32_t weight_sums[2], int border) {
    for (; count > 0; --count) {
        const int32_t a0 = *x0++, a1 = *x1++, b0 = *w0++, b1 = *w1++;
        sums[0] += (uint32_t)(a0 * b0);
        sums[1] += (uint32_t)(a0 * b1);
        sums[2] += (uint32_t)(a1 * b0);
        sums[3] += (uint32_t)(a1 * b1);
        if (border) {
            weight_sums[0] += b0;
            weight_sums[1] += b1;
        }
    }
}

#endif
