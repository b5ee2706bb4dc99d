/* The Arduino port's platform_ticks() over a counter and a clock of this program's own: after each line of input, "counts
 * microseconds" that have passed, it prints the ticks. */
#include <Arduino.h>
#include <stdio.h>

#include "platform.h"
#include "stack.h"
#include "ticks.h"

static uint64_t counts, time_us;

uint32_t ticks_counter(void) {
    return static_cast<uint32_t>(counts);
}

unsigned long millis() {
    return static_cast<unsigned long>(time_us / 1000u);
}

int main(void) {
    unsigned long long more_counts, more_us;
    while (scanf("%llu %llu", &more_counts, &more_us) == 2) {
        counts += more_counts;
        time_us += more_us;
        printf("%llu\n", static_cast<unsigned long long>(platform_ticks()));
    }
    return 0;
}

/* What the rest of the port needs and this program never calls. */
StubSerial Serial;
void StubSerial::begin(unsigned long) {
}
StubSerial::operator bool() {
    return true;
}
int StubSerial::available() {
    return 0;
}
int StubSerial::read() {
    return -1;
}
size_t StubSerial::write(const uint8_t *, size_t size) {
    return size;
}
void StubSerial::flush() {
}
unsigned long micros() {
    return 0;
}
void delay(unsigned long) {
}
void yield() {
}
void ticks_init(void) {
}
void stack_init(void) {
}
uint32_t stack_bytes(void) {
    return 0;
}
uint32_t stack_used_bytes(void) {
    return 0;
}
