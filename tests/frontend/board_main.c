/* A firmware that computes the features of the sounds in sounds.h and writes them as text, one line of hexadecimal
 * numbers a frame. */
#include "firmware_config.h"
#include "platform.h"
#include "sounds.h"
#include "wake_frontend.h"

static wake_frontend frontend;

static void write_frame(const uint16_t *features) {
    static const char digits[] = "0123456789abcdef";
    uint8_t text[4 * WAKE_FRONTEND_BANDS + 1];
    uint32_t length = 0;
    for (uint32_t band = 0; band < WAKE_FRONTEND_BANDS; ++band) {
        for (uint32_t shift = 16; shift != 0u; shift -= 4u) {
            text[length++] = (uint8_t)digits[(features[band] >> (shift - 4u)) & 15u];
        }
    }
    text[length++] = '\n';
    platform_write(text, length);
}

static void run(const int16_t *samples, uint32_t count) {
    uint16_t features[WAKE_FRONTEND_BANDS];
    wake_frontend_reset(&frontend);
    while (count != 0u) {
        bool ready = false;
        const uint32_t piece = count < 100u ? count : 100u; /* as a microphone's driver gives them */
        const uint32_t taken = wake_frontend_take(&frontend, samples, piece, features, &ready);
        samples += taken;
        count -= taken;
        if (ready) {
            write_frame(features);
        }
    }
}

int main(void) {
    platform_init();
    platform_write((const uint8_t *)"echo " BOARD_ID "\n", sizeof("echo " BOARD_ID "\n") - 1);
    for (uint32_t sound = 0; sound < SOUNDS; ++sound) {
        run(sounds[sound], SOUND_SAMPLES);
    }
    for (;;) {
        platform_wait();
    }
}
