/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Commands out of received characters: a '%' ends each. */
#ifndef MCU_MLPERF_COMMAND_H
#define MCU_MLPERF_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* How much of a command has come; all zeros before its first character. */
typedef struct {
    size_t bytes;
    bool is_too_long; /* the rest of this command is dropped */
} mlperf_command;

/* Takes a character into `text`, which has room for `most_bytes` and a zero.  True where it completes the command. */
static inline bool mlperf_command_take(mlperf_command *command, char *text, size_t most_bytes, char character) {
    if (character == '%') {
        text[command->bytes] = '\0';
        return true;
    }
    if (character == '\r' || character == '\n' || character == '\0') {
        return false; /* people type them */
    }
    if (command->bytes < most_bytes) {
        text[command->bytes++] = character;
    } else {
        command->is_too_long = true;
    }
    return false;
}

#endif
