/* A stand-in for what the microphone's driver uses of PDM, as in ArduinoCore-mbed and Adafruit's and Seeed's nRF52
 * cores; compared with their headers on 2026-11-22. */
#include <stddef.h>
struct StubPdm {
    int begin(int channels, int sampleRate);
    int available();
    int read(void *buffer, size_t size);
    void end();
    void onReceive(void (*function)(void));
};
extern StubPdm PDM;
