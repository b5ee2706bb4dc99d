/* What one run of the firmware hands to the next: kept in RAM that the start-up code leaves alone. */
#ifndef MCU_BOOT_RECORD_H
#define MCU_BOOT_RECORD_H

#include <stdint.h>

/* Why the firmware started: the BOOT event's codes. */
enum { BOOT_UNKNOWN = 0, BOOT_REQUESTED = 1, BOOT_FAULT = 3 };

typedef struct {
    uint32_t magic; /* distinguishes a record from the random content of RAM after power-on */
    uint32_t magic_inverted;
    uint32_t boot_count;      /* starts since power-on, this one included */
    uint32_t next_reason;     /* set before a reset on purpose */
    uint32_t faults_in_a_row; /* faults since the firmware last waited for input */
    uint32_t fault_kind;      /* of the last fault: exception number, where it happened, and CFSR */
    uint32_t fault_pc;
    uint32_t fault_lr;
    uint32_t fault_status;
} boot_record_t;

extern boot_record_t boot_record;

#endif
