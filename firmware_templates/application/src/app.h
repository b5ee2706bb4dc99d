/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where your code goes: src/app.c has three functions, which the firmware calls.
 *
 * The host comes first: while one has opened a session (`mcu verify`), models and arena are its own and nothing here is
 * called.  When it has let go, variables of the models are as at start-up and app_read_input() is asked again.
 *
 * What you print is text on the same serial line; `mcu monitor` shows it.
 */
#ifndef MCU_APP_H
#define MCU_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "inference.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is to be done next: app_read_input() returns one of these. */
typedef enum {
    APP_RUN,   /* every input of the model was written: run it */
    APP_AGAIN, /* there is no input yet: answer the host if it asks, then call again */
    APP_SLEEP  /* as APP_AGAIN, but sleep first, until something comes over the serial line */
} app_next;

/* ---- yours: src/app.c ---------------------------------------------------------------------------------------- */

/* Once, when the models are prepared. */
void app_setup(void);

/* Writes the inputs of one model: app_set_input(), or inference_input() for the memory itself.  `*model` is its number,
 * 0 unless you set it.  An inference consumes its inputs: write all of them each time.  Do not wait in here: the host
 * is not answered meanwhile. */
app_next app_read_input(uint32_t *model);

/* After each inference.  `status`: INFERENCE_OK, or why there is no result (inference.h).  `ticks`: how long it took,
 * in PLATFORM_TICK_UNIT (firmware_config.h); 0 if the board has no counter that works. */
void app_on_result(uint32_t model, int status, uint64_t ticks);

/* ---- for you: src/app_support.c ------------------------------------------------------------------------------- */

/* Sessions of a host that have ended since start-up. */
uint32_t app_sessions(void);

/* Elements of input or output `tensor`. */
uint32_t app_input_count(uint32_t model, uint32_t tensor);
uint32_t app_output_count(uint32_t model, uint32_t tensor);

/* Writes a real value into element `element` of input `tensor`: quantized as the model wants it, rounded half away from
 * zero, and limited to what the type holds.  Does nothing beyond the tensor's end. */
void app_set_input(uint32_t model, uint32_t tensor, uint32_t element, float value);

/* Copies all inputs of a model, one tensor after the other, as they are stored.  False, and nothing is written, if
 * `size_bytes` is not what they have together. */
bool app_copy_inputs(uint32_t model, const uint8_t *bytes, uint32_t size_bytes);

/* The real value of an element of an output; 0 beyond the tensor's end. */
float app_output(uint32_t model, uint32_t tensor, uint32_t element);

/* The element of output `tensor` with the largest value; the first of equals. */
uint32_t app_best(uint32_t model, uint32_t tensor);

/* The name of a class, as given with --labels; NULL if there is none. */
const char *app_label(uint32_t element);

/* Text on the serial line.  app_print_real() prints `decimals` digits behind the point (6 at most); values beyond
 * +-2147483647 and what is no number as "?". */
void app_print(const char *text);
void app_print_integer(int32_t value);
void app_print_real(float value, unsigned decimals);

/* The label if there is one, else "class 3". */
void app_print_label(uint32_t element);

#ifdef __cplusplus
}
#endif

#endif
