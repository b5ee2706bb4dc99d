/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The recording that an emulated sensor plays: a file of the machine that runs the emulator. */
#ifndef SENSOR_FILE_H
#define SENSOR_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the board's state folder.  The emulator looks for this text in the image: sensor_file_qemu.c. */
#define SENSOR_FILE_NAME "mcu-sensor-recording"

/* Opens the file at its beginning.  False if there is none. */
bool sensor_file_open(void);

/* Reads up to `size` bytes and returns how many; fewer only at the end. */
size_t sensor_file_read(void *bytes, size_t size);

void sensor_file_close(void);

#endif
