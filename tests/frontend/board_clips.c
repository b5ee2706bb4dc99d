/* A firmware that makes CLIPS sounds, computes their features and writes the sum of those of each, eight hexadecimal
 * digits a line. tests/frontend/clips.py makes the same sounds. */
#include "clips.h"
#include "firmware_config.h"
#include "platform.h"
#include "wake_frontend.h"

static wake_frontend frontend;
static int16_t samples[CLIP_SAMPLES];
static uint32_t state;

static uint32_t next(void) {
    state = state * 1664525u + 1013904223u;
    return state >> 16;
}

static int32_t triangle(uint32_t phase) {
    return phase < 32768u ? (int32_t)(2u * phase) - 32768 : 98303 - (int32_t)(2u * phase);
}

static int16_t scaled(int32_t value, uint32_t level) {
    const int32_t found = value / (int32_t)(1u << level);
    return (int16_t)(found > 32767 ? 32767 : found < -32768 ? -32768 : found);
}

static void make(uint32_t clip) {
    state = clip;
    const uint32_t level = next() & 15u, step = next() >> (clip & 3u), slow = next() >> 8;
    for (uint32_t at = 0; at < CLIP_SAMPLES; ++at) {
        const int32_t noise = (int32_t)next() - 32768;
        const int32_t tone = triangle((at * step) & 0xffffu);
        const bool sounds = ((at * slow) & 0x8000u) != 0u;
        const int32_t of_kind[CLIP_KINDS] = {
            noise, tone, tone > 0 ? 32767 : -32768, sounds ? tone : 0, tone + noise / 16, sounds ? noise : 7};
        samples[at] = scaled(of_kind[clip % CLIP_KINDS], clip % CLIP_KINDS == 2u ? 0u : level);
    }
}

static uint32_t sum_of_features(void) {
    uint16_t features[WAKE_FRONTEND_BANDS];
    uint32_t sum = 0, at = 0;
    wake_frontend_reset(&frontend);
    while (at < CLIP_SAMPLES) {
        bool ready = false;
        const uint32_t left = CLIP_SAMPLES - at;
        at += wake_frontend_take(&frontend, samples + at, left < 100u ? left : 100u, features, &ready);
        for (uint32_t band = 0; ready && band < WAKE_FRONTEND_BANDS; ++band) {
            sum = sum * 31u + features[band];
        }
    }
    return sum;
}

int main(void) {
    platform_init();
    platform_write((const uint8_t *)"echo " BOARD_ID "\n", sizeof("echo " BOARD_ID "\n") - 1);
    for (uint32_t clip = 0; clip < CLIPS; ++clip) {
        static const char digits[] = "0123456789abcdef";
        uint8_t text[9];
        make(clip);
        const uint32_t sum = sum_of_features();
        for (uint32_t digit = 0; digit < 8u; ++digit) {
            text[digit] = (uint8_t)digits[(sum >> (28u - 4u * digit)) & 15u];
        }
        text[8] = '\n';
        platform_write(text, sizeof(text));
    }
    for (;;) {
        platform_wait();
    }
}
