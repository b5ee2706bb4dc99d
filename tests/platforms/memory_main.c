/* A program for an emulated core: memcpy() and memset() of memory.c, at every offset and length. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

enum { LONGEST = 70, OFFSETS = 8, ROOM = LONGEST + 2 * OFFSETS };

static uint8_t from[ROOM], to[ROOM];

/* Semihosting: SYS_EXIT with "application exit" or "run-time error", which QEMU makes its exit code 0 or 1. */
static void leave(int fine) {
    register uint32_t operation __asm__("r0") = 0x18;
    register uint32_t reason __asm__("r1") = fine ? 0x20026 : 0x20023;
    __asm__ volatile("bkpt 0xab" : : "r"(operation), "r"(reason) : "memory");
    for (;;) {
    }
}

static void check(int at, int begin, int length, int is_set) {
    for (int i = 0; i < ROOM; i++) {
        const int inside = i >= at && i < at + length;
        const uint8_t expected = !inside ? 0xEE : is_set ? 0xA5 : from[begin + i - at];
        if (to[i] != expected) {
            leave(0);
        }
    }
}

static void clear(void) {
    for (int i = 0; i < ROOM; i++) {
        ((volatile uint8_t *)to)[i] = 0xEE;
    }
}

static void run(void) {
    for (int i = 0; i < ROOM; i++) {
        ((volatile uint8_t *)from)[i] = (uint8_t)(7 * i + 1);
    }
    for (int at = 0; at < OFFSETS; at++) {
        for (int length = 0; length <= LONGEST; length++) {
            for (int begin = 0; begin < OFFSETS; begin++) {
                clear();
                if (memcpy(to + at, from + begin, (size_t)length) != to + at) {
                    leave(0);
                }
                check(at, begin, length, 0);
            }
            clear();
            if (memset(to + at, 0x7FA5, (size_t)length) != to + at) {
                leave(0);
            }
            check(at, 0, length, 1);
        }
    }
    leave(1);
}

__attribute__((section(".vectors"), used)) static const struct {
    uint32_t stack;
    void (*reset)(void);
} vectors = {0x20002000, run};
