/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the library and the C++ compiler expect from an operating system or from Arduino, on a board with neither. */
#include <Arduino.h>
#include <string.h>

#include "platform.h"

TflmShimSerial Serial;

#ifndef __unix__ /* a program of this machine has all of this */
/* There is no heap: parts of the library that would use one are linked only by being named, and must never run. */
void *operator new(size_t) {
    __builtin_trap();
}

void *operator new[](size_t) {
    __builtin_trap();
}

/* Tables of virtual functions name these; nothing is ever deleted. */
void operator delete(void *) noexcept {}

void operator delete(void *, size_t) noexcept {}

void operator delete[](void *) noexcept {}

void operator delete[](void *, size_t) noexcept {}

/* A broken promise inside the library ends in the fault handler, which reports it.  The C library's own versions of
 * these want files, signals and a heap. */
extern "C" {
[[noreturn]] void abort(void);
[[noreturn]] void __assert_func(const char *file, int line, const char *function, const char *expression);
[[noreturn]] void __cxa_pure_virtual(void);
void *_sbrk(ptrdiff_t size_bytes);

void *_sbrk(ptrdiff_t) {
    return reinterpret_cast<void *>(-1); /* no memory for malloc() */
}

void abort(void) {
    __builtin_trap();
}

void __assert_func(const char *file, int line, const char *, const char *expression) {
    Serial.print("\nassertion failed: ");
    Serial.print(expression);
    Serial.print(", ");
    Serial.print(file);
    Serial.print(":");
    Serial.println(static_cast<unsigned long>(line));
    __builtin_trap();
}

void __cxa_pure_virtual(void) {
    __builtin_trap();
}
}
#endif

void TflmShimSerial::print(const char *text) {
    platform_write(reinterpret_cast<const uint8_t *>(text), strlen(text));
}

void TflmShimSerial::print(char character) {
    const uint8_t byte = static_cast<uint8_t>(character);
    platform_write(&byte, 1);
}

void TflmShimSerial::print(unsigned long value) {
    char digits[21];
    char *at = digits + sizeof digits - 1;
    *at = '\0';
    do {
        *--at = static_cast<char>('0' + value % 10ul);
        value /= 10ul;
    } while (value != 0);
    print(at);
}

/* Only the library's profiler asks for the time, in whatever unit the board's counter has. */
extern "C" unsigned long micros(void) {
    return static_cast<unsigned long>(platform_ticks());
}

extern "C" unsigned long millis(void) {
    return static_cast<unsigned long>(platform_ticks() / 1000u);
}

extern "C" void delayMicroseconds(unsigned int duration_us) {
    const uint64_t start = platform_ticks();
    while (platform_ticks() - start < duration_us) {
    }
}
