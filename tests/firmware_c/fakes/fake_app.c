/* An application for tests.  FAKE_APP=numbers prints numbers; otherwise it runs model 0 on every value it may quantize
 * twice, then sleeps, and again after each session. */
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "fakes.h"
#include "platform.h"

static uint32_t runs;
static uint32_t seen;

static void print_numbers(void) {
    static const float reals[] = {0.0f, -0.0f, 1.0f, -1.5f, 0.05f, 0.999f, 0.9996f, 123456.78f, -2.0e9f, 3.0e9f, 1e-9f};
    static const int32_t integers[] = {0, 7, -7, 2147483647, -2147483647 - 1};
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        app_print_real(reals[i], 3);
        app_print(" ");
    }
    app_print_real(2.5f, 0);
    app_print(" ");
    app_print_real(0.1234567f, 9);
    app_print("\n");
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        app_print_integer(integers[i]);
        app_print(" ");
    }
    app_print_label(1);
    app_print(" ");
    app_print_label(2);
    app_print("\n");
}

/* What int8 (scale 0.5, zero point -3) and int16 (scale 0.25, zero point 0) inputs hold for these values. */
static void print_quantized(void) {
    static const float values[] = {0.0f,  0.24f, 0.25f,  -0.25f, 0.75f,  10.0f,
                                   65.0f, 65.1f, -63.0f, 1e30f,  -1e30f, 0.0f / 0.0f};
    for (uint32_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        app_set_input(0, 0, i, values[i]);
        app_set_input(0, 1, i, values[i]);
        app_print_integer(((const int8_t *)inference_input(0, 0))[i]);
        int16_t half;
        memcpy(&half, (const uint8_t *)inference_input(0, 1) + 2 * i, sizeof half);
        app_print("/");
        app_print_integer(half);
        app_print(" ");
    }
    app_set_input(0, 0, 200, 1.0f); /* beyond the end: the second tensor's first byte */
    app_print_integer(*(const uint8_t *)inference_input(0, 1));
    app_print("\n");
}

void app_setup(void) {
    app_print("setup\n");
    if (fake_setting("FAKE_APP_NUMBERS", 0) != 0u) {
        print_numbers();
        print_quantized();
    }
}

app_next app_read_input(uint32_t *model) {
    static const uint8_t inputs[260] = {5, 6, 7};
    if (seen != app_sessions()) {
        seen = app_sessions();
        runs = 0;
    }
    if (runs == 2u) {
        return APP_SLEEP;
    }
    runs++;
    *model = fake_setting("FAKE_APP_MODEL", 0);
    if (*model == 0u && (app_copy_inputs(0, inputs, 259) || !app_copy_inputs(0, inputs, 260))) {
        app_print("copying is broken\n");
    }
    return APP_RUN;
}

void app_on_result(uint32_t model, int status, uint64_t ticks) {
    app_print("result ");
    app_print_integer((int32_t)model);
    app_print(" ");
    app_print_integer(status);
    app_print(" ");
    app_print_integer((int32_t)ticks);
    if (status == INFERENCE_OK) {
        app_print(" best ");
        app_print_integer((int32_t)app_best(model, 0));
        app_print(" ");
        app_print_real(app_output(model, 0, app_best(model, 0)), 6);
    }
    app_print("\n");
}
