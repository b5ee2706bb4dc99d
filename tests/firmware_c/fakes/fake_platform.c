/* platform.h on two file descriptors, for tests: the real command loop as a program of this machine.
 *
 * Environment: FAKE_READ_BYTES, how many bytes a read returns at most; FAKE_LINGER, how often it
 * finds nothing after the last byte before the program ends; FAKE_BOOT_COUNT and FAKE_BOOT_REASON are passed
 * on by a reset, which starts the program again.
 */
#define _POSIX_C_SOURCE 200809L
#include "platform.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fakes.h"

uint64_t fake_ticks;

uint32_t fake_setting(const char *name, uint32_t otherwise) {
    const char *text = getenv(name);
    return text != NULL ? (uint32_t)strtoul(text, NULL, 10) : otherwise;
}

void fake_restart(uint32_t reason) {
    char text[16];
    snprintf(text, sizeof text, "%u", (unsigned)(platform_boot_count() + 1u));
    setenv("FAKE_BOOT_COUNT", text, 1);
    snprintf(text, sizeof text, "%u", (unsigned)reason);
    setenv("FAKE_BOOT_REASON", text, 1);
    execl("/proc/self/exe", "fake_device", (char *)NULL);
    _exit(3);
}

void platform_init(void) {}

size_t platform_read(uint8_t *buffer, size_t capacity) {
    const size_t most = fake_setting("FAKE_READ_BYTES", 64);
    struct pollfd input = {.fd = 0, .events = POLLIN};
    if (poll(&input, 1, 0) <= 0) {
        return 0;
    }
    const ssize_t got = read(0, buffer, capacity < most ? capacity : most);
    static uint32_t lingered;
    if (got == 0 && lingered < fake_setting("FAKE_LINGER", 0)) {
        lingered++;
        return 0;
    }
    if (got <= 0) { /* the host is gone */
        exit(got == 0 || errno == EIO ? 0 : 2);
    }
    return (size_t)got;
}

void platform_write(const uint8_t *bytes, size_t size) {
    while (size > 0) {
        const ssize_t put = write(1, bytes, size);
        if (put <= 0) {
            exit(2);
        }
        bytes += put;
        size -= (size_t)put;
    }
}

void platform_wait(void) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    (void)poll(&input, 1, -1);
}

uint64_t platform_ticks(void) {
    return fake_ticks;
}

bool platform_ticks_work(void) {
    return fake_setting("FAKE_TICKS_WORK", 1) != 0u;
}

uint32_t platform_stack_bytes(void) {
    return 4096;
}

uint32_t platform_stack_used_bytes(void) {
    return 1234;
}

uint32_t platform_boot_count(void) {
    return fake_setting("FAKE_BOOT_COUNT", 1);
}

uint8_t platform_boot_reason(void) {
    return (uint8_t)fake_setting("FAKE_BOOT_REASON", 0);
}

void platform_reset(void) {
    fake_restart(1);
}
