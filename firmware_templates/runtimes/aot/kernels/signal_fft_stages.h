/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A real FFT and its inverse for one element type, as KISS FFT computes them.  signal_fft_int32.h and
 * signal_fft_float32.h include it, once each (there is no include guard, and nothing where FFT_ is not defined), with
 *
 * FFT_(name)           the name with the element type
 * FFT_NUMBER           the element in memory, FFT_VALUE in registers
 * FFT_ZERO             minus this is the opposite: FFT_SUBTRACT(FFT_ZERO, value)
 * FFT_ADD, FFT_SUBTRACT, FFT_HALF
 * FFT_DIVIDED(value, divisor) before each stage, FFT_SCALED(value, size) after the inverse
 * FFT_PRODUCTS(a, b, c, d, sign): a * b sign c * d, rounded */
#ifdef FFT_

typedef struct {
    FFT_VALUE real;
    FFT_VALUE imaginary;
} FFT_(complex);

static inline FFT_(complex) FFT_(divided)(const FFT_NUMBER *number, int32_t divisor) {
    const FFT_(complex) divided = {FFT_DIVIDED(number[0], divisor), FFT_DIVIDED(number[1], divisor)};
    return divided;
}

static inline FFT_(complex) FFT_(product)(FFT_(complex) a, const FFT_VALUE *factor) {
    const FFT_(complex) product = {FFT_PRODUCTS(a.real, factor[0], a.imaginary, factor[1], -),
                                   FFT_PRODUCTS(a.real, factor[1], a.imaginary, factor[0], +)};
    return product;
}

static inline FFT_(complex) FFT_(sum)(FFT_(complex) a, FFT_(complex) b) {
    const FFT_(complex) sum = {FFT_ADD(a.real, b.real), FFT_ADD(a.imaginary, b.imaginary)};
    return sum;
}

static inline FFT_(complex) FFT_(difference)(FFT_(complex) a, FFT_(complex) b) {
    const FFT_(complex) difference = {FFT_SUBTRACT(a.real, b.real), FFT_SUBTRACT(a.imaginary, b.imaginary)};
    return difference;
}

/* a + 1j b */
static inline FFT_(complex) FFT_(sum_turned)(FFT_(complex) a, FFT_(complex) b) {
    const FFT_(complex) sum = {FFT_SUBTRACT(a.real, b.imaginary), FFT_ADD(a.imaginary, b.real)};
    return sum;
}

/* a - 1j b */
static inline FFT_(complex) FFT_(difference_turned)(FFT_(complex) a, FFT_(complex) b) {
    const FFT_(complex) difference = {FFT_ADD(a.real, b.imaginary), FFT_SUBTRACT(a.imaginary, b.real)};
    return difference;
}

static inline void FFT_(store)(FFT_NUMBER *number, FFT_(complex) value) {
    number[0] = value.real;
    number[1] = value.imaginary;
}

/* Pairs of neighbours; `factors[0]` is 1. */
static inline void FFT_(stage_of_2)(FFT_NUMBER *numbers, int32_t size, const FFT_VALUE *factors) {
    for (int32_t i = 0; i < size; i += 2) {
        const FFT_(complex) a = FFT_(divided)(numbers + 2 * i, 2);
        const FFT_(complex) b = FFT_(product)(FFT_(divided)(numbers + 2 * i + 2, 2), factors);
        FFT_(store)(numbers + 2 * i, FFT_(sum)(a, b));
        FFT_(store)(numbers + 2 * i + 2, FFT_(difference)(a, b));
    }
}

/* Four FFTs of `length` become one, all over `numbers`; `factors`: exp(-2j pi k / size), conjugates for the inverse. */
static inline void FFT_(stage_of_4)(FFT_NUMBER *numbers, int32_t size, int32_t length, const FFT_VALUE *factors,
                                    int is_inverse) {
    const int32_t step = 2 * (size / (4 * length));
    const int32_t leg = 2 * length;
    const int32_t second = is_inverse ? 3 : 1;
    for (int32_t k = 0; k < length; ++k) {
        for (FFT_NUMBER *n = numbers + 2 * k; n < numbers + 2 * size; n += 4 * leg) {
            const FFT_(complex) a = FFT_(divided)(n, 4);
            const FFT_(complex) b = FFT_(product)(FFT_(divided)(n + leg, 4), factors + k * step);
            const FFT_(complex) c = FFT_(product)(FFT_(divided)(n + 2 * leg, 4), factors + 2 * k * step);
            const FFT_(complex) d = FFT_(product)(FFT_(divided)(n + 3 * leg, 4), factors + 3 * k * step);
            const FFT_(complex) even = FFT_(sum)(a, c);
            const FFT_(complex) across = FFT_(difference)(a, c);
            const FFT_(complex) odd = FFT_(sum)(b, d);
            const FFT_(complex) turned = FFT_(difference)(b, d);
            FFT_(store)(n, FFT_(sum)(even, odd));
            FFT_(store)(n + second * leg, FFT_(difference_turned)(across, turned));
            FFT_(store)(n + 2 * leg, FFT_(difference)(even, odd));
            FFT_(store)(n + (4 - second) * leg, FFT_(sum_turned)(across, turned));
        }
    }
}

static inline void FFT_(stages)(FFT_NUMBER *numbers, int32_t size, const FFT_VALUE *factors, int is_inverse) {
    int32_t length = 1;
    for (int32_t rest = size; rest > 1; rest /= 4) {
        if (rest == 2) {
            FFT_(stage_of_2)(numbers, size, factors);
            length = 2;
        }
    }
    for (; length < size; length *= 4) {
        FFT_(stage_of_4)(numbers, size, length, factors, is_inverse);
    }
}

/* `input_size` samples a row, behind them zeros up to 2 * size, become size + 1 complex numbers; `order`: which pair of
 * samples each complex number is made of. */
static inline void FFT_(rfft)(const FFT_NUMBER *input, FFT_NUMBER *output, int32_t rows, int32_t input_size,
                              int32_t size, const uint16_t *order, const FFT_VALUE *factors,
                              const FFT_VALUE *split_factors) {
    for (int32_t row = 0; row < rows; ++row) {
        for (int32_t i = 0; i < 2 * size; ++i) {
            const int32_t from = 2 * (int32_t)order[i / 2] + i % 2;
            output[i] = from < input_size ? input[from] : (FFT_VALUE)0;
        }
        FFT_(stages)(output, size, factors, 0);
        const FFT_(complex) first = FFT_(divided)(output, 2);
        const FFT_(complex)
            ends[2] = {{FFT_ADD(first.real, first.imaginary), 0}, {FFT_SUBTRACT(first.real, first.imaginary), 0}};
        FFT_(store)(output, ends[0]);
        FFT_(store)(output + 2 * size, ends[1]);
        for (int32_t k = 1; k <= size / 2; ++k) {
            const FFT_NUMBER *high = output + 2 * (size - k);
            const FFT_NUMBER conjugate[2] = {high[0], FFT_SUBTRACT(FFT_ZERO, high[1])};
            const FFT_(complex) a = FFT_(divided)(output + 2 * k, 2);
            const FFT_(complex) b = FFT_(divided)(conjugate, 2);
            const FFT_(complex) sum = FFT_(sum)(a, b);
            const FFT_(complex) turned = FFT_(product)(FFT_(difference)(a, b), split_factors + 2 * (k - 1));
            const FFT_(complex) low_half = {FFT_HALF(FFT_ADD(sum.real, turned.real)),
                                            FFT_HALF(FFT_ADD(sum.imaginary, turned.imaginary))};
            const FFT_(complex) high_half = {FFT_HALF(FFT_SUBTRACT(sum.real, turned.real)),
                                             FFT_HALF(FFT_SUBTRACT(turned.imaginary, sum.imaginary))};
            /* In the middle both are one number, and the second one stays. */
            FFT_(store)(output + 2 * k, low_half);
            FFT_(store)(output + 2 * (size - k), high_half);
        }
        input += input_size;
        output += 2 * (size + 1);
    }
}

/* From size + 1 complex numbers to 2 * size samples; `places`: where the stages take each number. */
static inline void FFT_(irfft)(const FFT_NUMBER *input, FFT_NUMBER *output, int32_t rows, int32_t size,
                               const uint16_t *places, const FFT_VALUE *factors, const FFT_VALUE *split_factors) {
    for (int32_t row = 0; row < rows; ++row) {
        const FFT_NUMBER ends[2] = {FFT_ADD(input[0], input[2 * size]), FFT_SUBTRACT(input[0], input[2 * size])};
        FFT_(store)(output, FFT_(divided)(ends, 2));
        for (int32_t k = 1; k <= size / 2; ++k) {
            const FFT_NUMBER *high = input + 2 * (size - k);
            const FFT_NUMBER conjugate[2] = {high[0], FFT_SUBTRACT(FFT_ZERO, high[1])};
            const FFT_(complex) a = FFT_(divided)(input + 2 * k, 2);
            const FFT_(complex) b = FFT_(divided)(conjugate, 2);
            const FFT_(complex) even = FFT_(sum)(a, b);
            const FFT_(complex) odd = FFT_(product)(FFT_(difference)(a, b), split_factors + 2 * (k - 1));
            const FFT_(complex) below = FFT_(difference)(even, odd);
            const FFT_(complex) mirrored = {below.real, FFT_SUBTRACT(FFT_ZERO, below.imaginary)};
            FFT_(store)(output + 2 * (int32_t)places[k], FFT_(sum)(even, odd));
            FFT_(store)(output + 2 * (int32_t)places[size - k], mirrored);
        }
        FFT_(stages)(output, size, factors, 1);
        for (int32_t i = 0; i < 2 * size; ++i) {
            output[i] = FFT_SCALED(output[i], 2 * size);
        }
        input += 2 * (size + 1);
        output += 2 * size;
    }
}

#undef FFT_
#undef FFT_NUMBER
#undef FFT_VALUE
#undef FFT_ZERO
#undef FFT_ADD
#undef FFT_SUBTRACT
#undef FFT_HALF
#undef FFT_DIVIDED
#undef FFT_PRODUCTS
#undef FFT_SCALED

#endif
