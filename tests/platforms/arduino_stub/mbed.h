/* A stand-in for three functions of CMSIS-RTOS2, as Mbed OS has them. */
#include <stdint.h>
typedef void *osThreadId_t;
osThreadId_t osThreadGetId();
uint32_t osThreadGetStackSize(osThreadId_t thread);
uint32_t osThreadGetStackSpace(osThreadId_t thread);
