/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* SignalRfft and SignalIrfft in 16 bits, over the FFT of the audio front end. */
#ifndef AOT_SIGNAL_FFT_INT16_H
#define AOT_SIGNAL_FFT_INT16_H

#include "aot.h"

#include "frontend/fft.h"

/* `input` samples a row, behind them zeros up to 2 * size, become size + 1 complex numbers; `order`: which pair of
 * samples each complex number is made of. */
static inline void aot_fft_int16_rfft(const aot_int16 *input, aot_int16 *output, int32_t rows, int32_t input_size,
                                      int32_t size, const uint16_t *order, const int16_t *factors,
                                      const int16_t *split_factors) {
    for (int32_t row = 0; row < rows; ++row) {
        for (int32_t i = 0; i < 2 * size; ++i) {
            const int32_t from = 2 * (int32_t)order[i / 2] + i % 2;
            output[i] = from < input_size ? input[from] : (int16_t)0;
        }
        frontend_real_fft(output, (uint32_t)size, factors, split_factors);
        input += input_size;
        output += 2 * (size + 1);
    }
}

/* The opposite, from size + 1 complex numbers to 2 * size samples; `places`: where the stages take each number. */
static inline void aot_fft_int16_irfft(const aot_int16 *input, aot_int16 *output, int32_t rows, int32_t size,
                                       const uint16_t *places, const int16_t *factors, const int16_t *split_factors) {
    for (int32_t row = 0; row < rows; ++row) {
        const aot_int16 ends[2] = {(int16_t)((int32_t)input[0] + input[2 * size]),
                                   (int16_t)((int32_t)input[0] - input[2 * size])};
        const frontend_complex first = frontend_divided(ends, 32767 / 2);
        frontend_store(output, first.real, first.imaginary);
        for (int32_t k = 1; k <= size / 2; ++k) {
            const aot_int16 *high = input + 2 * (size - k);
            const aot_int16 conjugate[2] = {high[0], (int16_t)(-(int32_t)high[1])};
            const frontend_complex a = frontend_divided(input + 2 * k, 32767 / 2);
            const frontend_complex b = frontend_divided(conjugate, 32767 / 2);
            const frontend_complex even = frontend_sum(a, b);
            const frontend_complex odd = frontend_product(frontend_difference(a, b), split_factors + 2 * (k - 1));
            /* In the middle both are one number, and the second one stays. */
            frontend_store(output + 2 * (int32_t)places[k], even.real + odd.real, even.imaginary + odd.imaginary);
            frontend_store(output + 2 * (int32_t)places[size - k], even.real - odd.real,
                           odd.imaginary - even.imaginary);
        }
        frontend_fft(output, (uint32_t)size, factors, 1);
        input += 2 * (size + 1);
        output += 2 * size;
    }
}

#endif
