/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "mlperf_stream.h"

#include <string.h>

#include "inference.h"
#include "mlperf_print.h"
#include "mlperf_words.h"
#include "stream_db.h"
#include "stream_microphone.h"

#define MLPERF_FIRMWARE "MLPerf Tiny Firmware V0.1.0" /* EE_FW_VERSION of the reference */
#define HOP_MS 32u
#define SCORES_A_LINE 16u
#define STATE_IDLE 0u /* numbers of the reference, of its own state and of its sound interface */
#define STATE_STREAMING 2u
#define LINK_READY 1u
#define LINK_RECEIVING 34u

void mlperf_stream_init(mlperf_stream *state, int model_status) {
    memset(state, 0, sizeof *state);
    state->model_status = model_status;
    if (model_status == INFERENCE_OK) {
        stream_detector_reset(&state->detector);
    }
}

void mlperf_stream_greet(void) {
    print_text("m-init-done\r\nm-ready\r\n");
}

/* ---- listening ------------------------------------------------------------------------------------------------ */

static void run(mlperf_stream *state) {
    state->model_status = stream_detector_run(&state->detector);
}

bool mlperf_stream_hear(mlperf_stream *state) {
    int16_t samples[64];
    if (!state->is_listening || microphone_ended()) {
        return false;
    }
    const uint32_t room = MEL_HOP_SAMPLES - state->detector.filled;
    const uint32_t wanted = sizeof samples / sizeof samples[0];
    const uint32_t count = microphone_hears(samples, wanted < room ? wanted : room);
    bool is_whole = false;
    (void)stream_detector_take(&state->detector, samples, count, &is_whole);
    if (is_whole) {
        run(state);
        if (state->model_status != INFERENCE_OK) {
            state->is_listening = false;
            microphone_stops();
        }
    }
    return true;
}

static void start(mlperf_stream *state) {
    if (state->is_listening) {
        print_text("I2S Rx currently in progress. Ignoring request\r\n");
        return;
    }
    if (state->model_status != INFERENCE_OK) {
        print_text("Error: the model does not run, status ");
        print_integer(state->model_status);
        print_text("\r\n");
        return;
    }
    stream_detector_reset(&state->detector);
    if (microphone_starts()) {
        state->is_listening = true;
        print_text("Listening for I2S data ... \r\nDMA receive initiated.\r\n");
    }
}

static void print_activations(const stream_detector *detector) {
    const uint32_t count = detector->frames < MLPERF_ACTIVATIONS ? detector->frames : MLPERF_ACTIVATIONS;
    print_text("[");
    for (uint32_t i = 0; i < count; i++) {
        print_integer(detector->activations[i]);
        print_text(i + 1u == count ? "  " : ", ");
        print_text(i % SCORES_A_LINE == SCORES_A_LINE - 1u || i + 1u == count ? "\r\n" : "");
    }
    print_text("]\r\n");
}

static void stop(mlperf_stream *state) {
    if (!state->is_listening) {
        print_text("I2S is already idle.  Ignoring stop request\r\n");
        return;
    }
    state->is_listening = false;
    microphone_stops();
    print_text("Streaming stopped.\r\ntarget activations: \r\n");
    print_activations(&state->detector);
}

/* ---- what was heard ------------------------------------------------------------------------------------------- */

static void print_state(const mlperf_stream *state) {
    const bool receives = state->is_listening && !microphone_ended();
    print_text("g_i2s_status=0, SAI state=");
    print_number(receives ? LINK_RECEIVING : LINK_READY);
    print_text("\r\ng_i2s_state = ");
    print_number(state->is_listening ? STATE_STREAMING : STATE_IDLE);
    print_text(", g_int16s_read=");
    print_number((uint64_t)state->detector.frames * MEL_HOP_SAMPLES + state->detector.filled);
    print_text("\r\n");
}

/* The interface board's answer to its own command: this firmware has no pin that one could watch.  Times are those of
 * the sound, and the first one is that of the first frame. */
static void print_detections(const stream_detector *detector) {
    const uint32_t count =
        detector->detection_count < MLPERF_DETECTIONS ? detector->detection_count : MLPERF_DETECTIONS;
    print_text("Detection Timestamps (ms)\r\n");
    for (uint32_t i = 0; i < count; i++) {
        print_number((uint64_t)detector->detections[i] * HOP_MS);
        print_text(",\r\n");
    }
}

/* Instead of the interface board's duty cycle: what all frames took, in ticks of the board's counter. */
static void print_processing(const stream_detector *detector) {
    print_text("m-processing-[");
    print_number(detector->frames);
    print_text(", ");
    print_number(detector->feature_ticks);
    print_text(", ");
    print_number(detector->model_ticks);
    print_text(", ");
    print_number(microphone_lost());
    print_text(", ");
    print_number(detector->detection_count);
    print_text("]\r\n");
}

static void print_scores(const char *name, const int8_t *scores, uint32_t count) {
    print_text(name);
    for (uint32_t i = 0; i < count; i++) {
        print_text(scores[i] > -10 && scores[i] < 10 ? " " : "");
        print_text(scores[i] < 0 ? "" : "+");
        print_integer(scores[i]);
        print_text(i + 1u < count ? ", " : "]\r\n");
    }
}

static void extract_from_line(mlperf_stream *state) {
    int16_t samples[MEL_HOP_SAMPLES];
    bool is_whole = false;
    if (state->is_listening || state->model_status != INFERENCE_OK) {
        print_text("Error: it listens to the microphone, or the model does not run\r\n");
        return;
    }
    stream_db_samples(state, samples);
    state->detector.filled = 0; /* a microphone may have left a part of a hop */
    (void)stream_detector_take(&state->detector, samples, MEL_HOP_SAMPLES, &is_whole);
    run(state);
    if (state->model_status != INFERENCE_OK) {
        print_text("Error: the inference failed\r\n");
        return;
    }
    print_scores("m-features-[", state->detector.features + (MLPERF_FRAMES - 1u) * MEL_BANDS, MEL_BANDS);
    print_scores("m-activations-[", inference_output(0, 0), inference_describe_output(0, 0)->size_bytes);
}

static void reset(mlperf_stream *state) {
    if (state->is_listening || state->model_status != INFERENCE_OK) {
        print_text("Error: it listens to the microphone, or the model does not run\r\n");
        return;
    }
    stream_detector_reset(&state->detector);
}

/* ---- commands ------------------------------------------------------------------------------------------------- */

static void name(void) {
    print_text("m-name-dut-[" MLPERF_VENDOR "]\r\n");
}

static void profile(void) {
    print_text("m-profile-[" MLPERF_FIRMWARE "]\r\nm-model-[" MLPERF_MODEL_VERSION "]\r\n");
}

static void help(void) {
    print_text("name                : the name of the device\r\n"
               "profile             : the names of firmware and model\r\n"
               "start               : listen to the microphone\r\n"
               "stop                : end that, and print the wake word's score of every frame\r\n"
               "state               : whether it listens, and how many samples it has heard\r\n"
               "print_detections    : the times of detections, as the interface board has them\r\n"
               "processing          : frames, ticks of features and of inferences, lost samples, detections\r\n"
               "db load N           : expect N bytes of sound\r\n"
               "db HH[HH]*          : the next of them\r\n"
               "db print|getptr|setptr [N]\r\n"
               "extract_uart_stream : features and scores of the 512 samples in db\r\n"
               "reset               : forget what was heard\r\n");
}

static void execute(mlperf_stream *state) {
    const char *at = state->command;
    const size_t length = next_word(&at);
    if (is_word(at, length, "name")) {
        name();
    } else if (is_word(at, length, "profile")) {
        profile();
    } else if (is_word(at, length, "start")) {
        start(state);
    } else if (is_word(at, length, "stop")) {
        stop(state);
    } else if (is_word(at, length, "state")) {
        print_state(state);
    } else if (is_word(at, length, "print_detections")) {
        print_detections(&state->detector);
    } else if (is_word(at, length, "processing")) {
        print_processing(&state->detector);
    } else if (is_word(at, length, "db")) {
        stream_db(state, at + length);
    } else if (is_word(at, length, "extract_uart_stream")) {
        extract_from_line(state);
    } else if (is_word(at, length, "reset")) {
        reset(state);
    } else if (is_word(at, length, "help")) {
        help();
    } else {
        print_text(length == 0u ? "Empty command\r\n" : "Unrecognized command\r\n");
    }
}

static void end_command(mlperf_stream *state) {
    print_text("Received command: ");
    print_text(state->command);
    print_text("\r\n");
    if (state->received.is_too_long) {
        print_text("Error: a command has at most 1028 characters\r\n");
    } else {
        execute(state);
    }
    print_text("m-ready\r\n");
    state->received = (mlperf_command){0};
}

void mlperf_stream_feed(mlperf_stream *state, const uint8_t *bytes, size_t size_bytes) {
    for (size_t i = 0; i < size_bytes; i++) {
        if (mlperf_command_take(&state->received, state->command, MLPERF_COMMAND_BYTES, (char)bytes[i])) {
            end_command(state);
        }
    }
}
