/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the streaming wake word hears of 64 ms of sound: the energies of 40 mel bands, as integers of the model's input.
 *
 * The benchmark's definition (mlcommons/tiny, benchmark/training/streaming_wakeword/get_dataset.py, get_lfbe_func):
 * pre-emphasis 31/32, Hamming window, power spectrum / 1024, triangular mel bands from 0 to 8,000 Hz, then
 * (10 log10(energy) + 52) / 64, limited to 0 and 1.
 *
 * In float32 with additions and multiplications in one order, so that every machine and
 * mcu_toolkit/frontend/mel_energies.py compute the same bits.  There is no logarithm: what a stored integer begins at
 * is an energy, and 255 of them are a table. */
#ifndef MCU_MEL_ENERGIES_H
#define MCU_MEL_ENERGIES_H

#include <stdint.h>

#include "mel_tables.h"

#define MEL_POINTS (MEL_WINDOW_SAMPLES / 2u) /* of the complex FFT: pairs of samples */

/* cos and sin of angle * 2 pi / 1024, for angles from 0 to 512. */
static inline float mel_cosine(uint32_t angle) {
    return angle <= 256u ? mel_cosines[angle] : -mel_cosines[512u - angle];
}

static inline float mel_sine(uint32_t angle) {
    return angle <= 256u ? mel_cosines[256u - angle] : mel_cosines[angle - 256u];
}

/* 9 bits, the last one first. */
static inline uint32_t mel_reversed(uint32_t index) {
    uint32_t result = 0;
    for (uint32_t bit = 0; bit < 9u; bit++) {
        result = result << 1 | (index >> bit & 1u);
    }
    return result;
}

/* Sample `i` of the window after the pre-emphasis, which is exact: 32 times the sample fit 22 bits. */
static inline float mel_shaped(const int16_t *sound, uint32_t i) {
    const int32_t emphasized = 32 * (int32_t)sound[i + 1u] - 31 * (int32_t)sound[i];
    return (float)emphasized * mel_window[i < MEL_POINTS ? i : MEL_WINDOW_SAMPLES - 1u - i];
}

/* `sound`: the sample before the window, and its 1,024 samples.  `work`: pairs of windowed samples as complex numbers,
 * in the order in which the FFT begins. */
static void mel_load(const int16_t *sound, float *work) {
    for (uint32_t i = 0; i < MEL_POINTS; i++) {
        const uint32_t first = 2u * i;
        const uint32_t place = 2u * mel_reversed(i);
        work[place] = mel_shaped(sound, first);
        work[place + 1u] = mel_shaped(sound, first + 1u);
    }
}

/* Complex FFT of 512 points, radix 2, decimation in time. */
static void mel_fft(float *work) {
    for (uint32_t half = 1; half < MEL_POINTS; half *= 2u) {
        for (uint32_t k = 0; k < half; k++) {
            const uint32_t angle = k * (MEL_POINTS / half);
            const float cosine = mel_cosine(angle);
            const float sine = mel_sine(angle);
            for (uint32_t i = k; i < MEL_POINTS; i += 2u * half) {
                float *even = work + 2u * i;
                float *odd = work + 2u * (i + half);
                const float real = odd[0] * cosine + odd[1] * sine;
                const float imaginary = odd[1] * cosine - odd[0] * sine;
                odd[0] = even[0] - real;
                odd[1] = even[1] - imaginary;
                even[0] = even[0] + real;
                even[1] = even[1] + imaginary;
            }
        }
    }
}

/* The power of bins 0 to 511 of the real FFT, times 4, at every second place of `work`. */
static void mel_powers(float *work) {
    const float all = 2.0f * (work[0] + work[1]);
    work[0] = all * all;
    for (uint32_t k = 1; k <= MEL_POINTS / 2u; k++) {
        float *low = work + 2u * k;
        float *high = work + 2u * (MEL_POINTS - k);
        const float even_real = low[0] + high[0];
        const float even_imaginary = low[1] - high[1];
        const float odd_real = low[1] + high[1];
        const float odd_imaginary = high[0] - low[0];
        const float cosine = mel_cosine(k);
        const float sine = mel_sine(k);
        const float turned_real = odd_real * cosine + odd_imaginary * sine;
        const float turned_imaginary = odd_imaginary * cosine - odd_real * sine;
        const float low_real = even_real + turned_real;
        const float low_imaginary = even_imaginary + turned_imaginary;
        const float high_real = even_real - turned_real;
        const float high_imaginary = even_imaginary - turned_imaginary;
        low[0] = low_real * low_real + low_imaginary * low_imaginary;
        high[0] = high_real * high_real + high_imaginary * high_imaginary;
    }
}

/* How many of the 255 steps the energy has reached, from -128 on. */
static int8_t mel_stored(float energy) {
    int32_t reached = 0;
    for (int32_t step = 128; step > 0; step /= 2) {
        if (energy >= mel_steps[reached + step - 1]) {
            reached += step;
        }
    }
    return (int8_t)(reached - 128);
}

/* `sound` [1 + 1024]; `work` [1024] is scratch; `features` [40]. */
static inline void mel_energies(const int16_t *sound, float *work, int8_t *features) {
    const float *weight = mel_weights;
    mel_load(sound, work);
    mel_fft(work);
    mel_powers(work);
    for (uint32_t band = 0; band < MEL_BANDS; band++) {
        float energy = 0.0f;
        for (uint32_t i = 0; i < mel_band_bins[band]; i++) {
            energy += work[2u * (mel_band_first[band] + i)] * *weight++;
        }
        features[band] = mel_stored(energy);
    }
}

#endif
