/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* sensor_file.h in QEMU, by semihosting: a breakpoint that the emulator answers as a debugger would (Arm, Semihosting
 * for AArch32 and AArch64, section "Semihosting operations"; RISC-V, Semihosting, section "Binary interface").
 *
 * The emulator offers it only to an image that has the name of the file in it.  To the firmware
 * a call is one instruction that fills memory, as a DMA controller does. */
#include "sensor_file.h"

#define SYS_OPEN 0x01u
#define SYS_CLOSE 0x02u
#define SYS_READ 0x06u
#define OPEN_READ_BINARY 1u

static int32_t handle = -1;

static int32_t call(uint32_t operation, const uint32_t *arguments) {
#if defined(__arm__)
    register uint32_t result __asm("r0") = operation;
    register const uint32_t *block __asm("r1") = arguments;
    __asm volatile("bkpt 0xAB" : "+r"(result) : "r"(block) : "memory", "cc");
#elif defined(__riscv)
    register uint32_t result __asm("a0") = operation;
    register const uint32_t *block __asm("a1") = arguments;
    /* These three instructions, none of them a short one, on one page.  The alignment comes first: what fills it may be
     * short. */
    __asm volatile(".balign 16\n"
                   ".option push\n"
                   ".option norvc\n"
                   "slli x0, x0, 0x1f\n"
                   "ebreak\n"
                   "srai x0, x0, 7\n"
                   ".option pop\n"
                   : "+r"(result)
                   : "r"(block)
                   : "memory");
#else
#error "no semihosting for this core"
#endif
    return (int32_t)result;
}

bool sensor_file_open(void) {
    static const char name[] = SENSOR_FILE_NAME;
    const uint32_t arguments[3] = {(uint32_t)(uintptr_t)name, OPEN_READ_BINARY, sizeof name - 1u};
    handle = call(SYS_OPEN, arguments);
    return handle != -1;
}

size_t sensor_file_read(void *bytes, size_t size) {
    const uint32_t arguments[3] = {(uint32_t)handle, (uint32_t)(uintptr_t)bytes, (uint32_t)size};
    const int32_t missing = call(SYS_READ, arguments); /* how many bytes were NOT read */
    return missing < 0 || (uint32_t)missing > size ? 0u : size - (uint32_t)missing;
}

void sensor_file_close(void) {
    const uint32_t arguments[1] = {(uint32_t)handle};
    (void)call(SYS_CLOSE, arguments);
    handle = -1;
}
