#include "mlperf_run.h"

#include <stdbool.h>
#include <string.h>

#include "firmware_config.h"
#include "inference.h"
#include "mlperf_config.h"
#include "mlperf_print.h"
#include "platform.h"

#define MODEL 0u

static bool has_results;
#if MLPERF_INPUT == MLPERF_INPUT_FLOATS
static float anomaly; /* the mean of squared differences between input and output */
#endif

/* What a microsecond is in ticks: of an emulated board's instructions it is not known and taken as one each. */
static uint64_t microseconds(void) {
#if PLATFORM_TICK_UNIT == 2
    return platform_ticks() / (PLATFORM_CLOCK_HZ / 1000000u);
#else
    return platform_ticks();
#endif
}

static void say_time(uint64_t time_us) {
    print_text("m-lap-us-");
    print_number(time_us);
    print_text("\r\n");
}

void mlperf_timestamp(void) {
    say_time(microseconds());
}

static const inference_tensor *input_tensor(void) {
    return inference_describe_input(MODEL, 0);
}

static float real_output(uint32_t index) {
    const inference_tensor *about = inference_describe_output(MODEL, 0);
    const uint8_t *bytes = inference_output(MODEL, 0);
    if (about->dtype == INFERENCE_FLOAT32) {
        float value;
        memcpy(&value, bytes + 4u * index, sizeof value);
        return value;
    }
    const int32_t stored = about->dtype == INFERENCE_UINT8 ? bytes[index] : (int8_t)bytes[index];
    return about->scale * (float)(stored - about->zero_point);
}

#if MLPERF_INPUT == MLPERF_INPUT_FLOATS
static float real_input(const uint8_t *data, uint32_t index) {
    float value;
    memcpy(&value, data + 4u * index, sizeof value);
    return value;
}

static int8_t quantized(float value) {
    const inference_tensor *about = input_tensor();
    const float scaled = value / about->scale;
    const float rounded = scaled < 0.0f ? scaled - 0.5f : scaled + 0.5f;
    const float stored = (float)about->zero_point + (rounded > 1e6f    ? 1e6f
                                                     : rounded < -1e6f ? -1e6f
                                                                       : (float)(int32_t)rounded);
    return (int8_t)(stored < -128.0f ? -128.0f : stored > 127.0f ? 127.0f : stored);
}
#endif

/* How many bytes of `db` one inference takes. */
static size_t wanted_bytes(void) {
#if MLPERF_INPUT == MLPERF_INPUT_FLOATS
    return 4u * (size_t)input_tensor()->size_bytes;
#else
    return input_tensor()->size_bytes;
#endif
}

static void write_input(const uint8_t *data) {
    int8_t *input = inference_input(MODEL, 0);
    for (uint32_t i = 0; i < input_tensor()->size_bytes; i++) {
#if MLPERF_INPUT == MLPERF_INPUT_FLOATS
        input[i] = quantized(real_input(data, i));
#elif MLPERF_INPUT == MLPERF_INPUT_PIXELS
        input[i] = (int8_t)(data[i] - 128);
#else
        input[i] = (int8_t)data[i];
#endif
    }
}

static bool infer_once(const uint8_t *data) {
    write_input(data);
    if (inference_invoke(MODEL) != INFERENCE_OK) {
        print_text("e-[The inference failed]\r\n");
        return false;
    }
    return true;
}

static void keep_anomaly(const uint8_t *data) {
#if MLPERF_INPUT == MLPERF_INPUT_FLOATS
    const uint32_t count = inference_describe_output(MODEL, 0)->size_bytes;
    float sum = 0.0f;
    for (uint32_t i = 0; i < count; i++) {
        const float difference = real_output(i) - real_input(data, i);
        sum += difference * difference;
    }
    anomaly = sum / (float)count;
#else
    (void)data;
#endif
}

void mlperf_results(void) {
    const inference_tensor *about = inference_describe_output(MODEL, 0);
    const uint32_t count = about->dtype == INFERENCE_FLOAT32 ? about->size_bytes / 4u : about->size_bytes;
    if (!has_results) {
        print_text("e-[No inference was run]\r\n");
        return;
    }
    print_text("m-results-[");
#if MLPERF_INPUT == MLPERF_INPUT_FLOATS
    (void)count;
    print_milli(anomaly);
#else
    for (uint32_t i = 0; i < count; i++) {
        print_text(i == 0u ? "" : ",");
        print_milli(real_output(i));
    }
#endif
    print_text("]\r\n");
}

void mlperf_run(const uint8_t *data, size_t size_bytes, uint32_t inferences, uint32_t warmups) {
    if (size_bytes != wanted_bytes()) {
        print_text("e-[The input takes ");
        print_number(wanted_bytes());
        print_text(" bytes, db holds ");
        print_number(size_bytes);
        print_text("]\r\n");
        return;
    }
    has_results = false;
    print_text("m-warmup-start-");
    print_number(warmups);
    print_text("\r\n");
    for (uint32_t i = 0; i < warmups; i++) {
        if (!infer_once(data)) {
            return;
        }
    }
    print_text("m-warmup-done\r\nm-infer-start-");
    print_number(inferences);
    print_text("\r\n");
    const uint64_t begun_us = microseconds();
    say_time(begun_us);
    const uint64_t said_us = microseconds();
    for (uint32_t i = 0; i < inferences; i++) {
        if (!infer_once(data)) {
            return;
        }
    }
    /* The line's own time is not the inferences'. */
    say_time(begun_us + (microseconds() - said_us));
    print_text("m-infer-done\r\n");
    keep_anomaly(data);
    has_results = true;
    mlperf_results();
}
