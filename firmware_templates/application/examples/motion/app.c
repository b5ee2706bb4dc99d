/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Your application: this file is yours, `mcu generate` never overwrites it.
 *
 * It feels: listener.c reads the accelerometer, computes features, runs every model and decides by the rule that the
 * model's file holds.  What you do with a decision goes into app_on_decision().  On an Arduino board with an LED it is
 * on for a second.
 */
#include "app.h"
#include "listener.h"

#if defined(ARDUINO)
#include <Arduino.h>
#endif
#if defined(ARDUINO) && defined(LED_BUILTIN)
#define LIGHT_MS 1000ul
static unsigned long lit_ms;
static bool is_lit;

static void light(bool on) {
    digitalWrite(LED_BUILTIN, on ? HIGH : LOW);
    lit_ms = millis();
    is_lit = on;
}
#endif

void app_setup(void) {
#if defined(ARDUINO) && defined(LED_BUILTIN)
    pinMode(LED_BUILTIN, OUTPUT);
#endif
    listener_start();
}

app_next app_read_input(uint32_t *model) {
#if defined(ARDUINO) && defined(LED_BUILTIN)
    if (is_lit && millis() - lit_ms >= LIGHT_MS) {
        light(false);
    }
#endif
    return listener_read(model);
}

void app_on_result(uint32_t model, int status, uint64_t ticks) {
    listener_result(model, status, ticks);
}

void app_on_decision(const listener_decision *decision) {
    app_print("felt: ");
    app_print(decision->name);
    app_print(" (");
    app_print_real(decision->mean, 3);
    app_print("), sum ");
    app_print_integer(decision->sum);
    app_print(", inference ");
    app_print_integer((int32_t)decision->inference);
    app_print(", at ");
    app_print_real((float)decision->time_ms / 1000.0f, 2);
    app_print(" s\n");
#if defined(ARDUINO) && defined(LED_BUILTIN)
    light(true);
#endif
}
