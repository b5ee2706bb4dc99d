/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Listening, or feeling: from the microphone or accelerometer through front end and models to decisions.  src/app.c,
 * which is yours, starts it and learns what was heard or felt. */
#ifndef MCU_LISTENER_H
#define MCU_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "app.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint32_t model;     /* its number */
    uint32_t element;   /* of output 0: the class */
    const char *name;   /* of the class */
    uint32_t inference; /* which one decided, counted from 0 since the sensor was started */
    int32_t sum;      /* of the last scores, which the rule compares; a score is a stored integer less its zero point */
    float mean;       /* the same as a real value: a probability, where the model computes one */
    uint32_t time_ms; /* of the end of the newest sound or motion that was in it, without what was lost */
} listener_decision;

/* Starts the sensor; says on the serial line what is wrong if it does not give what the models take. */
void listener_start(void);

/* For app_read_input() and app_on_result() to call: senses a little, or hands a model its input. */
app_next listener_read(uint32_t *model);
void listener_result(uint32_t model, int status, uint64_t ticks);

/* ---- yours: src/app.c ---------------------------------------------------------------------------------------- */

void app_on_decision(const listener_decision *decision);

#ifdef __cplusplus
}
#endif

#endif
