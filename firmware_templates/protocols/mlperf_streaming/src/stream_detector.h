/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From sound to detections: a window of sound, features, the model, and what is kept of its scores. */
#ifndef MCU_STREAM_DETECTOR_H
#define MCU_STREAM_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "mel_tables.h"
#include "mlperf_config.h"

typedef struct {
    int16_t sound[1u + MEL_WINDOW_SAMPLES]; /* the sample before the window, and the window */
    uint32_t filled;                        /* samples of the next hop that are there */
    float work[MEL_WINDOW_SAMPLES];
    int8_t features[MLPERF_FRAMES * MEL_BANDS]; /* oldest frame first */
    int8_t activations[MLPERF_ACTIVATIONS];     /* the wake word's score of each frame, as far as there is room */
    uint32_t detections[MLPERF_DETECTIONS];     /* numbers of frames; the first frame is always one of them */
    uint32_t detection_count;                   /* may be more than there is room for */
    uint32_t frames;                            /* since the start */
    uint64_t feature_ticks;                     /* of all frames together */
    uint64_t model_ticks;
} stream_detector;

/* Nothing was heard yet: sound is silent, features are zeros, as in the reference. */
void stream_detector_reset(stream_detector *detector);

/* Takes samples of 16 kHz, at most up to the end of a hop, and returns how many; `is_whole`: a hop is complete. */
uint32_t stream_detector_take(stream_detector *detector, const int16_t *samples, uint32_t count, bool *is_whole);

/* After a whole hop: features, inference, detection.  Returns the status of inference_invoke(). */
int stream_detector_run(stream_detector *detector);

#endif
