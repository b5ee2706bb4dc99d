/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A fault is said on the serial port as text and as a FAULT event, remembered in the boot record, and answered with a
 * restart. */
#ifndef MCU_FAULT_REPORT_H
#define MCU_FAULT_REPORT_H

#include <stdint.h>

#include "platform.h"

/* To be called on a stack that is not the one that may have overflowed.  `secure_status`: SFSR of cores with a Secure
 * state, else 0. */
__attribute__((noreturn)) void fault_report(const platform_fault *fault, uint32_t secure_status);

#endif
