/* A firmware that computes the features of the sounds and the motion in data.h and writes them as text, one line of
 * hexadecimal numbers a frame: micro_frontend, MFCC, and a motion front end. */
#include "data.h"
#include "firmware_config.h"
#include "mel_frontend.h"
#include "move_frontend.h"
#include "platform.h"
#include "wake_frontend.h"

static wake_frontend wake;
static mel_frontend mel;
static move_frontend move;

static void write_frame(const uint16_t *features, uint32_t count) {
    static const char digits[] = "0123456789abcdef";
    uint8_t text[4 * 64];
    uint32_t length = 0;
    for (uint32_t number = 0; number < count; ++number) {
        for (uint32_t shift = 16; shift != 0u; shift -= 4u) {
            text[length++] = (uint8_t)digits[(features[number] >> (shift - 4u)) & 15u];
        }
    }
    platform_write(text, length);
    platform_write((const uint8_t *)"\n", 1);
}

static void run_wake(const int16_t *samples, uint32_t count) {
    uint16_t features[WAKE_FRONTEND_FEATURES];
    wake_frontend_reset(&wake);
    while (count != 0u) {
        bool ready = false;
        const uint32_t piece = count < 100u ? count : 100u; /* as a microphone's driver gives them */
        const uint32_t taken = wake_frontend_take(&wake, samples, piece, features, &ready);
        samples += taken;
        count -= taken;
        if (ready) {
            write_frame(features, WAKE_FRONTEND_FEATURES);
        }
    }
}

static void run_mel(const int16_t *samples, uint32_t count) {
    uint16_t features[MEL_FRONTEND_FEATURES];
    mel_frontend_reset(&mel);
    while (count != 0u) {
        bool ready = false;
        const uint32_t taken = mel_frontend_take(&mel, samples, count, features, &ready);
        samples += taken;
        count -= taken;
        if (ready) {
            write_frame(features, MEL_FRONTEND_FEATURES);
        }
    }
}

static void run_move(const int16_t (*readings)[MOVE_FRONTEND_AXES]) {
    uint16_t features[MOVE_FRONTEND_FEATURES];
    move_frontend_reset(&move);
    for (uint32_t number = 0; number < READINGS; ++number) {
        if (move_frontend_take(&move, readings[number], features)) {
            write_frame(features, MOVE_FRONTEND_FEATURES);
        }
    }
}

int main(void) {
    platform_init();
    platform_write((const uint8_t *)"echo " BOARD_ID "\n", sizeof("echo " BOARD_ID "\n") - 1);
    for (uint32_t sound = 0; sound < SOUNDS; ++sound) {
        run_wake(sounds[sound], SOUND_SAMPLES);
    }
    for (uint32_t sound = 0; sound < MEL_SOUNDS; ++sound) {
        run_mel(sounds[sound], SOUND_SAMPLES);
    }
    for (uint32_t motion = 0; motion < MOTIONS; ++motion) {
        run_move(motions[motion]);
    }
    for (;;) {
        platform_wait();
    }
}
