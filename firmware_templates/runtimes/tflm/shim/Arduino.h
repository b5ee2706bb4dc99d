/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The little of Arduino that copies of TensorFlow Lite Micro made for Arduino ask for, on boards without Arduino.
 * Written for this purpose; the functions are in tflm_shim.cc. */
#ifndef TFLM_SHIM_ARDUINO_H
#define TFLM_SHIM_ARDUINO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

unsigned long millis(void);
unsigned long micros(void);
void delayMicroseconds(unsigned int duration_us);

#ifdef __cplusplus
}

/* The serial port belongs to the protocol: what is printed appears as text, nothing can be read. */
class TflmShimSerial {
  public:
    void begin(unsigned long) {}
    explicit operator bool() const {
        return true;
    }
    int read() {
        return -1;
    }
    void print(const char *text);
    void print(char character);
    void print(unsigned long value);
    template <typename T> void println(T value) {
        print(value);
        print("\r\n");
    }
    void print(unsigned int value) {
        print(static_cast<unsigned long>(value));
    }
};

extern TflmShimSerial Serial;

/* Libraries for Arduino say `using namespace arduino`, where some cores keep their classes. */
namespace arduino {}
#endif

#endif
