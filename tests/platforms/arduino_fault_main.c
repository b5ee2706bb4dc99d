/* The Arduino port's fault handler under the bare-metal start-up code: what its platform.cpp does with fault.h, in C.
 *
 * The vector table's entry goes on to the handler by the name an STM32 core has for it. */
#include "fault.h"
#include "firmware.h"
#include "platform.h"

void fault_entry(void);
void systick_handler(void) __attribute__((weak, alias("fault_entry")));

__attribute__((naked)) void fault_entry(void) {
    __asm volatile(".syntax unified\n\tldr r0, =HardFault_Handler\n\tbx r0\n\t.ltorg");
}

int main(void) {
    const uint8_t *frame;
    const bool after_fault = fault_start();
    platform_init();
    const size_t size_bytes = fault_pending(&frame);
    platform_write(frame, size_bytes);
    fault_sent();
    firmware_start();
    platform_write((const uint8_t *)(after_fault ? "after a fault\n" : "no fault\n"), after_fault ? 14u : 9u);
    for (;;) {
        fault_all_is_well();
        firmware_poll();
    }
}
