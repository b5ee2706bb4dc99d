#include "stack.h"

#include <Arduino.h>

#include "firmware_config.h"

#if defined(ARDUINO_ARCH_ESP32)

/* FreeRTOS paints its stacks, and reports the bytes that were never used. */
void stack_init(void) {
}

uint32_t stack_bytes(void) {
    return static_cast<uint32_t>(getArduinoLoopTaskStackSize());
}

uint32_t stack_used_bytes(void) {
    return stack_bytes() - static_cast<uint32_t>(uxTaskGetStackHighWaterMark(nullptr));
}

#elif defined(ARDUINO_ARCH_MBED)

#include <mbed.h>

/* RTX paints its stacks; osThreadGetStackSpace() reports the bytes that were never used. */
void stack_init(void) {
}

uint32_t stack_bytes(void) {
    return osThreadGetStackSize(osThreadGetId());
}

uint32_t stack_used_bytes(void) {
    return stack_bytes() - osThreadGetStackSpace(osThreadGetId());
}

#elif defined(ARDUINO_ARCH_STM32)

#include <unistd.h>

/* One stack, at the end of RAM, growing towards the heap.  What lies below at start-up is painted, as far as the
 * heap leaves room; the heap does not grow afterwards. */
#define PAINT 0xC5C5C5C5u
#define OWN_FRAMES_BYTES 128u /* this function's and its callers' frames are in use while it paints */

extern "C" char _estack[]; /* the core's linker scripts: the first stack pointer */

static uint32_t *painted_from;

void stack_init(void) {
    const uintptr_t heap_end = (reinterpret_cast<uintptr_t>(sbrk(0)) + 3u) & ~uintptr_t{3};
    const uintptr_t reserved = reinterpret_cast<uintptr_t>(_estack) - STACK_BYTES;
    const uintptr_t now = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - OWN_FRAMES_BYTES;
    painted_from = reinterpret_cast<uint32_t *>(heap_end > reserved ? heap_end : reserved);
    for (volatile uint32_t *word = painted_from; reinterpret_cast<uintptr_t>(word) + sizeof *word <= now; word++) {
        *word = PAINT;
    }
}

uint32_t stack_bytes(void) {
    return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(_estack) - reinterpret_cast<uintptr_t>(painted_from));
}

uint32_t stack_used_bytes(void) {
    const uint32_t *const end = reinterpret_cast<const uint32_t *>(_estack);
    const uint32_t *word = painted_from;
    while (word < end && *word == PAINT) {
        word++;
    }
    return static_cast<uint32_t>(end - word) * static_cast<uint32_t>(sizeof *word);
}

#else

void stack_init(void) {
}

uint32_t stack_bytes(void) {
    return 0;
}

uint32_t stack_used_bytes(void) {
    return 0;
}

#endif
