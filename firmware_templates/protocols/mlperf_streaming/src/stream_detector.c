/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stream_detector.h"

#include <string.h>

#include "inference.h"
#include "mel_energies.h"
#include "platform.h"

#define MODEL 0u
#define KEPT_SAMPLES (1u + MEL_WINDOW_SAMPLES - MEL_HOP_SAMPLES) /* of the window, for the next one */
#define KEPT_FEATURES ((MLPERF_FRAMES - 1u) * MEL_BANDS)

void stream_detector_reset(stream_detector *detector) {
    memset(detector, 0, sizeof *detector);
    inference_reset_state(MODEL);
}

uint32_t stream_detector_take(stream_detector *detector, const int16_t *samples, uint32_t count, bool *is_whole) {
    const uint32_t room = MEL_HOP_SAMPLES - detector->filled;
    const uint32_t taken = count < room ? count : room;
    memcpy(detector->sound + KEPT_SAMPLES + detector->filled, samples, taken * sizeof samples[0]);
    detector->filled += taken;
    *is_whole = detector->filled == MEL_HOP_SAMPLES;
    return taken;
}

static void add_features(stream_detector *detector) {
    const uint64_t start = platform_ticks();
    memmove(detector->features, detector->features + MEL_BANDS, KEPT_FEATURES);
    mel_energies(detector->sound, detector->work, detector->features + KEPT_FEATURES);
    memmove(detector->sound, detector->sound + MEL_HOP_SAMPLES, KEPT_SAMPLES * sizeof detector->sound[0]);
    detector->filled = 0;
    detector->feature_ticks += platform_ticks() - start;
}

static void keep(stream_detector *detector, int8_t score) {
    const uint32_t frame = detector->frames++;
    if (frame < MLPERF_ACTIVATIONS) {
        detector->activations[frame] = score;
    }
    if (frame == 0u || score > MLPERF_DETECTED_ABOVE) {
        if (detector->detection_count < MLPERF_DETECTIONS) {
            detector->detections[detector->detection_count] = frame;
        }
        detector->detection_count++;
    }
}

int stream_detector_run(stream_detector *detector) {
    add_features(detector);
    const uint64_t start = platform_ticks();
    memcpy(inference_input(MODEL, 0), detector->features, sizeof detector->features);
    const int status = inference_invoke(MODEL);
    detector->model_ticks += platform_ticks() - start;
    if (status == INFERENCE_OK) {
        keep(detector, *(const int8_t *)inference_output(MODEL, 0));
    }
    return status;
}
