/* A stand-in for the part of Arduino's API that the port and exported sketches use, to compile them without a
 * core.  Written for these tests.  The port was compiled against the real headers of stm32duino/Arduino_Core_STM32 and
 * PaulStoffregen/cores on 2026-11-22, and linked with the former it ran on an emulated STM32F405. */
#ifndef ARDUINO_STUB_H
#define ARDUINO_STUB_H

#include <stddef.h>
#include <stdint.h>

unsigned long millis();
unsigned long micros();
void noInterrupts();
void interrupts();
void delay(unsigned long duration_ms);
void yield();

struct StubSerial {
    void begin(unsigned long baud);
    operator bool();
    int available();
    int read();
    size_t write(const uint8_t *bytes, size_t size);
    size_t print(const char *text);
    size_t print(char letter);
    size_t print(int value);
    size_t print(long value);
    size_t println(int value);
    size_t println(long value);
    size_t println(unsigned long value);
    size_t println(double value, int digits);
    void flush();
    void setRxBufferSize(size_t size);
};
extern StubSerial Serial;

#define OUTPUT 1
#define HIGH 1
#define LOW 0
#define A0 14
int analogRead(int pin);
void pinMode(int pin, int mode);
void digitalWrite(int pin, int value);

void setup();
void loop();

#if defined(ARDUINO_ARCH_ESP32)
struct StubEsp {
    uint32_t getCycleCount();
    void restart();
};
extern StubEsp ESP;
size_t getArduinoLoopTaskStackSize();
unsigned int uxTaskGetStackHighWaterMark(void *task);
#endif

#endif
