/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
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
    const uint64_t ticks = platform_ticks();
    return ticks / PLATFORM_CLOCK_HZ * 1000000u + ticks % PLATFORM_CLOCK_HZ * 1000000u / PLATFORM_CLOCK_HZ;
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

/* As the reference: rounded half away from zero, then clamped. */
static int8_t quantized(float value) {
    const inference_tensor *about = input_tensor();
    return (int8_t)aot_quantize_real(value, about->scale, about->zero_point, INT8_MIN, INT8_MAX);
}

static int8_t loaded[MLPERF_DB_BYTES / 4u]; /* quantized once for all inferences, as the reference does */
#endif

/* How many bytes of `db` one inference takes. */
static size_t wanted_bytes(void) {
#if MLPERF_INPUT == MLPERF_INPUT_FLOATS
    return 4u * (size_t)input_tensor()->size_bytes;
#else
    return input_tensor()->size_bytes;
#endif
}

/* Before the first inference: what the benchmark does not time. */
static void load_input(const uint8_t *data) {
#if MLPERF_INPUT == MLPERF_INPUT_FLOATS
    for (uint32_t i = 0; i < sizeof loaded; i++) {
        loaded[i] = quantized(real_input(data, i));
    }
#else
    (void)data;
#endif
}

/* Before every inference: it consumes its input. */
static void write_input(const uint8_t *data) {
    int8_t *input = inference_input(MODEL, 0);
#if MLPERF_INPUT == MLPERF_INPUT_FLOATS
    (void)data;
    memcpy(input, loaded, sizeof loaded);
#else
    for (uint32_t i = 0; i < input_tensor()->size_bytes; i++) {
#if MLPERF_INPUT == MLPERF_INPUT_PIXELS
        input[i] = (int8_t)(data[i] - 128);
#else
        input[i] = (int8_t)data[i];
#endif
    }
#endif
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
    load_input(data);
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
        (void)platform_ticks(); /* it must be asked once per wrap of its counter */
    }
    /* The line's own time is not the inferences'. */
    say_time(begun_us + (microseconds() - said_us));
    print_text("m-infer-done\r\n");
    keep_anomaly(data);
    has_results = true;
    mlperf_results();
}
