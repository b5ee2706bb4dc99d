/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* platform.h for a program of this machine (Linux): the serial port is standard input and output, which the emulator
 * bridge connects to a pseudo-terminal.  A restart replaces the process by a fresh copy of itself. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, pthread_attr_setstack */
#include "platform.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "firmware_config.h"
#include "ticks.h"

#define STACK_PAINT 0xC5

/* Room at the upper end for what the C library keeps on a thread's stack; it is not the firmware's use. */
#define STACK_LIBRARY_BYTES 65536u
#define STACK_GUARD_BYTES 65536u

/* Carry the number of starts and the reason of this one over a restart. */
#define BOOT_COUNT_VARIABLE "MCU_BOOT_COUNT"
#define BOOT_REQUESTED 1u

static uint8_t *stack_bottom;
static uint8_t *stack_top;
static uint32_t boot_count;
static bool ticks_work;

/* The firmware's main(), under the name the linker gives it: -Wl,--wrap=main, of the core `host`. */
int __real_main(void);
int __wrap_main(void);

static void fail(const char *what) {
    const char *reason = strerror(errno);
    const char *parts[] = {"host platform: ", what, ": ", reason, "\n"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0) {
            break;
        }
    }
    _exit(70);
}

static void *run_firmware(void *unused) {
    (void)unused;
    stack_top = __builtin_frame_address(0);
    __real_main();
    return NULL;
}

/* Runs the firmware on a stack of STACK_BYTES that was painted before, with an unreadable page range below it. */
int __wrap_main(void) {
    const size_t stack_bytes = STACK_BYTES + STACK_LIBRARY_BYTES;
    uint8_t *memory =
        mmap(NULL, STACK_GUARD_BYTES + stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, STACK_GUARD_BYTES, PROT_NONE) != 0) {
        fail("no memory for the stack");
    }
    stack_bottom = memory + STACK_GUARD_BYTES;
    memset(stack_bottom, STACK_PAINT, stack_bytes);

    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    errno = pthread_attr_setstack(&attributes, stack_bottom, stack_bytes);
    if (errno != 0) {
        fail("cannot use the memory as a stack");
    }
    errno = pthread_create(&thread, &attributes, run_firmware, NULL);
    if (errno != 0) {
        fail("cannot start the firmware's thread");
    }
    pthread_join(thread, NULL);
    return 0;
}

void platform_init(void) {
    const char *count = getenv(BOOT_COUNT_VARIABLE);
    boot_count = (count == NULL ? 0u : (uint32_t)strtoul(count, NULL, 10)) + 1u;
    ticks_init();
    const uint64_t before = ticks_now();
    const struct timespec pause = {.tv_sec = 0, .tv_nsec = 2000};
    nanosleep(&pause, NULL);
    ticks_work = ticks_now() != before;
}

size_t platform_read(uint8_t *buffer, size_t capacity) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (capacity == 0 || poll(&input, 1, 0) <= 0) {
        return 0;
    }
    const ssize_t count = read(STDIN_FILENO, buffer, capacity);
    if (count == 0) {
        _exit(0); /* the other end is gone: nobody will ever write again */
    }
    if (count < 0) {
        if (errno != EINTR && errno != EAGAIN) {
            fail("reading");
        }
        return 0;
    }
    return (size_t)count;
}

void platform_write(const uint8_t *bytes, size_t size) {
    while (size > 0) {
        const ssize_t count = write(STDOUT_FILENO, bytes, size);
        if (count > 0) {
            bytes += count;
            size -= (size_t)count;
        } else if (errno == EAGAIN) {
            struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
            poll(&output, 1, -1);
        } else if (errno != EINTR) {
            fail("writing");
        }
    }
}

void platform_wait(void) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    poll(&input, 1, -1);
}

uint64_t platform_ticks(void) {
    return ticks_now();
}

bool platform_ticks_work(void) {
    return ticks_work;
}

uint32_t platform_stack_bytes(void) {
    return STACK_BYTES;
}

uint32_t platform_stack_used_bytes(void) {
    const uint8_t *byte = stack_bottom;
    while (byte < stack_top && *byte == STACK_PAINT) {
        byte++;
    }
    return (uint32_t)(stack_top - byte);
}

uint32_t platform_boot_count(void) {
    return boot_count;
}

uint8_t platform_boot_reason(void) {
    return boot_count > 1u ? BOOT_REQUESTED : 0u; /* every start but the first comes from platform_reset() */
}

void platform_reset(void) {
    char count[11]; /* 2^32 has ten digits */
    size_t start = sizeof(count) - 1;
    count[start] = '\0';
    uint32_t rest = boot_count;
    do {
        count[--start] = (char)('0' + rest % 10u);
        rest /= 10u;
    } while (rest != 0u);
    char *const arguments[] = {"firmware", NULL};
    if (setenv(BOOT_COUNT_VARIABLE, count + start, 1) == 0) {
        execv("/proc/self/exe", arguments);
    }
    fail("restarting");
    for (;;) {
    }
}
