/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What all kernels share: compiler words and the arithmetic from 32-bit sums back to 8 bits.
 *
 * All rounding is that of TensorFlow Lite Micro ("double rounding": once in the multiplication, once in the shift), so
 * that results are equal to its results to the last bit.  Right shifts of negative numbers are arithmetic on every
 * compiler this code is for.  Sums are kept in uint32_t because a sum may wrap on its way and must not be undefined. */
#ifndef AOT_H
#define AOT_H

/* For Helium GCC 12 makes vectors of loops whose conditions it knows, and of a mask that is the same each time it makes
 * either all lanes (wrong outputs, without a word) or a constant that no instruction can hold.  The kernels for Helium
 * are vectors already. */
#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-vectorize")
#endif

#include <stdint.h>
#include <string.h>

#if !defined(__GNUC__)
#error "Teach these words about this compiler (GCC, Clang and Arm Compiler 6 are known)."
#endif

/* Floating point as written.  Clang fuses multiplications and additions in every -std; GCC knows no such line and
 * needs -ffp-contract=off. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/* Beside assembly that loads a member by its offset: refuses to compile where the member lies elsewhere.  C99 has no
 * _Static_assert. */
#define AOT_ASSERT_OFFSET(type, member, bytes)                                                                         \
    typedef char type##_##member##_is_at_##bytes[__builtin_offsetof(type, member) == (bytes) ? 1 : -1]                 \
        __attribute__((unused))

/* The bodies of kernels: their constant arguments only pay where they are inlined. */
#define AOT_INLINE static inline __attribute__((always_inline))
/* A function that two others call, and that the compiler shall treat as if one did: what it calls once is inlined
 * there. */
#define AOT_NOINLINE __attribute__((noinline))
/* Before loops whose number of turns is a constant of the kernel class. */
#if defined(__clang__)
#define AOT_UNROLL _Pragma("clang loop unroll(full)")
#elif __GNUC__ >= 8
#define AOT_UNROLL _Pragma("GCC unroll 8")
#else
#define AOT_UNROLL
#endif

/* Larger elements in the arena: the same bytes hold other types at other times. */
typedef float __attribute__((may_alias)) aot_float32;
typedef int16_t __attribute__((may_alias)) aot_int16;
typedef int32_t __attribute__((may_alias)) aot_int32;
typedef uint32_t __attribute__((may_alias)) aot_uint32;
typedef int64_t __attribute__((may_alias)) aot_int64;
typedef uint64_t __attribute__((may_alias)) aot_uint64;
typedef const int8_t *__attribute__((may_alias)) aot_address;

/* Called after every layer with what it produced, before anything overwrites it.  Empty unless the firmware is built
 * with -DINFERENCE_OBSERVER=1, or AOT_OBSERVE is defined by whoever compiles this. */
#if defined(INFERENCE_OBSERVER) && INFERENCE_OBSERVER
#ifdef __cplusplus
extern "C"
#endif
    void aot_observe(uint32_t layer, uint32_t tensor, const void *data, uint32_t size_bytes);
#define AOT_OBSERVE(layer, tensor, data, size_bytes) aot_observe(layer, tensor, data, size_bytes)

#define AOT_NO_LAYER 0xFFFFu
/* An array of constants that a layer reads. */
typedef struct {
    uint32_t layer;
    const void *data;
    uint32_t size_bytes;
} aot_constant;
#elif !defined(AOT_OBSERVE)
#define AOT_OBSERVE(layer, tensor, data, size_bytes) ((void)0)
#endif

/* Says which layer is running, for reports of faults: one store, where the firmware asks for it. */
#if defined(INFERENCE_TRACK_LAYER) && INFERENCE_TRACK_LAYER
extern volatile uint16_t inference_layer;
#define AOT_LAYER(layer) (inference_layer = (layer))
#else
#define AOT_LAYER(layer) ((void)0)
#endif

/* Makes GCC forget how a variable was computed, so that it steps one address in a register rather than keep many on the
 * stack.  No instruction. */
#define AOT_KEEP_IN_REGISTER(variable) __asm__ volatile("" : "+r"(variable))

/* A place in the arena or the state, as a kernel is handed it: of unknown origin and size.  Memory is planned by the
 * compiler of the model.  GCC, which sees an array's size and one layer's constants where it inlines a kernel, would
 * judge passes of loops that never happen, and warn of bytes beyond the array.  No instruction. */
AOT_INLINE uint8_t *aot_place(uint8_t *memory) {
    __asm__("" : "+r"(memory));
    return memory;
}

/* ---- What the records of layers are made of, whatever the instruction set (windows.h: sizes and windows) ---- */

/* From one scale to another: value * multiplier / 2^31 * 2^shift, see aot_requantize. */
typedef struct {
    int32_t multiplier;
    int32_t shift;
} aot_factor;

/* The values that outputs may have: those of the fused activation, quantized, or all of the element type. */
typedef struct {
    int32_t minimum;
    int32_t maximum;
} aot_range;

typedef struct {
    float minimum;
    float maximum;
} aot_float_range;

/* How scaled sums become outputs. */
typedef struct {
    int32_t zero_point;
    aot_range range;
} aot_output;

/* From the sums of a layer's channels to its outputs. */
typedef struct {
    const int32_t *multiplier; /* one a channel, or one for all */
    const int8_t *shift;
    aot_output output;
} aot_requantization;

/* ---- Elements and arithmetic ---- */

/* An element of 1 or 2 `bytes`, a constant. */
AOT_INLINE int32_t aot_load(const void *array, int32_t at, int bytes) {
    return bytes == 1 ? ((const int8_t *)array)[at] : ((const aot_int16 *)array)[at];
}

AOT_INLINE void aot_store(void *array, int32_t at, int32_t value, int bytes) {
    if (bytes == 1) {
        ((int8_t *)array)[at] = (int8_t)value;
    } else {
        ((aot_int16 *)array)[at] = (int16_t)value;
    }
}

AOT_INLINE int32_t aot_min(int32_t a, int32_t b) {
    return a < b ? a : b;
}

AOT_INLINE int32_t aot_max(int32_t a, int32_t b) {
    return a > b ? a : b;
}

AOT_INLINE int32_t aot_limit(int32_t value, const aot_range *range) {
    return aot_min(aot_max(value, range->minimum), range->maximum);
}

/* NaN stays NaN. */
AOT_INLINE float aot_clamp_float32(float value, float minimum, float maximum) {
    const float raised = value < minimum ? minimum : value;
    return maximum < raised ? maximum : raised;
}

AOT_INLINE int8_t aot_clamp(int32_t value, int32_t minimum, int32_t maximum) {
    return (int8_t)aot_min(aot_max(value, minimum), maximum);
}

AOT_INLINE int16_t aot_clamp_int16(int32_t value, int32_t minimum, int32_t maximum) {
    return (int16_t)aot_min(aot_max(value, minimum), maximum);
}

/* aot_clamp(value, -128, 127), one instruction where the core has it. */
AOT_INLINE int8_t aot_saturate(int32_t value) {
#if defined(__ARM_FEATURE_SAT)
    int32_t result; /* not __ssat(): GCC's arm_acle.h does not pass -Wconversion */
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(value));
    return (int8_t)result;
#else
    return aot_clamp(value, -128, 127);
#endif
}

/* a * b / 2^31, rounded to nearest, halves up.  Not both arguments may be INT32_MIN; no multiplier is. */
AOT_INLINE int32_t aot_doubling_high_mul(int32_t a, int32_t b) {
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 30)) >> 31);
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

AOT_INLINE int32_t aot_requantize_by(int32_t sum, aot_factor factor) {
    return aot_requantize(sum, factor.multiplier, factor.shift);
}

/* How sums become outputs: a constant of the kernel class, a sum of these. */
enum {
    AOT_SHORT_ROUNDING = 1, /* aot_requantize_right may be used */
    AOT_WHOLE_RANGE = 2     /* no fused activation narrows the output: minimum is -128, maximum is 127 */
};

AOT_INLINE int8_t aot_requantize_output(uint32_t sum, aot_factor factor, const aot_output *output, int requantize) {
    const int32_t scaled = (requantize & AOT_SHORT_ROUNDING)
                               ? aot_requantize_right((int32_t)sum, factor.multiplier, factor.shift)
                               : aot_requantize_by((int32_t)sum, factor);
    const int32_t value = (int32_t)((uint32_t)scaled + (uint32_t)output->zero_point);
    return (int8_t)((requantize & AOT_WHOLE_RANGE) != 0 ? aot_saturate(value) : aot_limit(value, &output->range));
}

/* The factor of `channel`, which is 0 where all share one. */
AOT_INLINE aot_factor aot_factor_of(const aot_requantization *layer, int32_t channel) {
    const aot_factor factor = {layer->multiplier[channel], layer->shift[channel]};
    return factor;
}

AOT_INLINE int8_t aot_requantize_channel(const aot_requantization *layer, uint32_t sum, int32_t channel,
                                         int requantize) {
    return aot_requantize_output(sum, aot_factor_of(layer, channel), &layer->output, requantize);
}

/* A scaled sum as an output. */
AOT_INLINE int32_t aot_output_of(int32_t scaled, const aot_output *output) {
    return aot_limit((int32_t)((uint32_t)scaled + (uint32_t)output->zero_point), &output->range);
}

#endif
