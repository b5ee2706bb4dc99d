/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What listening or feeling costs: how much of the core front end and models take, said on the serial line. */
#ifndef LISTENER_LOAD_H
#define LISTENER_LOAD_H

#include <stdint.h>

#include "app.h"
#include "firmware_config.h"
#include "platform.h"

#ifndef LISTENER_SENSED
#define LISTENER_SENSED "sound" /* what the front end takes */
#endif

typedef struct {
    uint64_t samples; /* of the front end, since the last report */
    uint64_t frontend_ticks;
    uint64_t model_ticks;
} listener_load;

static inline void listener_load_reset(listener_load *load) {
    load->samples = 0;
    load->frontend_ticks = 0;
    load->model_ticks = 0;
}

/* Ticks in a second of real time; 0 where that is not known. */
static inline uint32_t listener_load_hz(void) {
#if PLATFORM_TICK_UNIT == 3
    return 1000000ul;
#else
    return PLATFORM_CLOCK_HZ;
#endif
}

static inline void listener_load_share(uint32_t ticks, uint32_t hz) {
    const uint32_t permille = (uint32_t)(((uint64_t)ticks * 1000u + hz / 2u) / hz);
    app_print(", ");
    app_print_integer((int32_t)(permille / 10u));
    app_print(".");
    app_print_integer((int32_t)(permille % 10u));
#if PLATFORM_TICK_UNIT == 3
    app_print(" % of real time");
#elif PLATFORM_TICK_UNIT == 2
    app_print(" % of the core");
#else
    app_print(" % of the core at one instruction a cycle");
#endif
}

/* Says it, and begins again; nothing where the board has no counter that works, or nothing was sensed. */
static inline void listener_load_report(listener_load *load, uint32_t sensed_hz) {
    static const char *const units[] = {"", " instructions", " cycles", " us"};
    if (load->samples != 0u && platform_ticks_work()) {
        const uint32_t frontend = (uint32_t)(load->frontend_ticks * sensed_hz / load->samples);
        const uint32_t models = (uint32_t)(load->model_ticks * sensed_hz / load->samples);
        app_print("app: load: front end ");
        app_print_integer((int32_t)frontend);
        app_print(", models ");
        app_print_integer((int32_t)models);
        app_print(units[PLATFORM_TICK_UNIT]);
        app_print(" in a second of " LISTENER_SENSED);
        if (listener_load_hz() != 0u) {
            listener_load_share(frontend + models, listener_load_hz());
        }
        app_print("\n");
    }
    listener_load_reset(load);
}

#endif
