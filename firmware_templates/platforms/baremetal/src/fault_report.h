/* A fault is said on the serial port as text and as a FAULT event, remembered in the boot record, and answered with a
 * restart. */
#ifndef MCU_FAULT_REPORT_H
#define MCU_FAULT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t kind; /* the core's number of the exception */
    uint32_t pc;   /* where it happened, and where that was called from; 0 if not known */
    uint32_t lr;
    uint32_t status;        /* the core's word for the reason: CFSR or mtval */
    uint32_t secure_status; /* SFSR of cores with a Secure state, else 0 */
    bool stack_overflow;
} fault_facts;

/* To be called on a stack that is not the one that may have overflowed. */
__attribute__((noreturn)) void fault_report(const fault_facts *fault);

#endif
