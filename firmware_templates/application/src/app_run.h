/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Between firmware.c, which knows who has the board, and app_run.c, which gives it to src/app.c. */
#ifndef MCU_APP_RUN_H
#define MCU_APP_RUN_H

#include <stdbool.h>

#include "requests.h"

void app_run_start(void);

/* A host has let go of the board. */
void app_run_resume(void);

/* One turn of the application; true if it wants to sleep. */
bool app_run_turn(requests_state *state);

#endif
