/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* sensor_file.h for a firmware that is a program of this machine: it runs in the board's state folder. */
#include <stdio.h>

#include "sensor_file.h"

static FILE *file;

bool sensor_file_open(void) {
    file = fopen(SENSOR_FILE_NAME, "rb");
    return file != NULL;
}

size_t sensor_file_read(void *bytes, size_t size) {
    return fread(bytes, 1, size, file);
}

void sensor_file_close(void) {
    (void)fclose(file);
    file = NULL;
}
