/* fault.h for cores whose fault handler is a weak symbol, and whose RAM has a place that survives a reset. */
#include "fault.h"

/* The handler's name, and the section: STM32's linker scripts, which do not name it, put it between what start-up
 * clears and the heap (docs/how-to/arduino.md); the Pico's have it. */
#if defined(ARDUINO_ARCH_STM32)
#define FAULT_HANDLER HardFault_Handler
#define RETAINED_SECTION ".noinit"
#elif defined(ARDUINO_ARCH_RP2040) && !defined(ARDUINO_ARCH_MBED) && defined(__arm__)
#define FAULT_HANDLER isr_hardfault
#define RETAINED_SECTION ".uninitialized_data"
#endif

#if defined(FAULT_HANDLER)

#include "fault_frame.h"

#define RECORD_MAGIC 0x6D637566u
/* After so many faults without getting as far as waiting for input, another restart would not help. */
#define FAULTS_IN_A_ROW_MAX 3u

/* Whole lines of a data cache. */
#define CACHE_LINE_BYTES 32u
#define RECORD_BYTES 224u
#define RECORD_WORDS (RECORD_BYTES / 4u)
#define FAULT_STACK_BYTES 384u

typedef struct {
    uint32_t magic;
    uint32_t is_new; /* no start has seen it */
    uint32_t faults_in_a_row;
    uint32_t frame_bytes; /* 0: sent, or the firmware speaks another protocol */
    uint8_t frame[PLATFORM_FAULT_FRAME_BYTES];
    uint8_t unused[RECORD_BYTES - PLATFORM_FAULT_FRAME_BYTES - 5u * 4u];
    uint32_t check; /* all words add up to the magic number */
} fault_record_t;

typedef char record_is_whole[sizeof(fault_record_t) == RECORD_BYTES ? 1 : -1];

/* In assembly, because compilers before GCC 11 would give the section content, and an image that reaches from flash
 * to RAM.  The stack is the handler's own: the usual one may be what faulted. */
#define AS_TEXT(value) #value
#define AS_ASSEMBLY(macro) AS_TEXT(macro)
__asm(".pushsection " RETAINED_SECTION ",\"aw\",%nobits\n\t"
      ".balign 32\n\t"
      ".global mcu_fault_record\n\t"
      ".type mcu_fault_record, %object\n\t"
      ".size mcu_fault_record, 224\n"
      "mcu_fault_record:\n\t"
      ".space 224\n\t" /* RECORD_BYTES */
      ".global mcu_fault_stack\n"
      "mcu_fault_stack:\n\t"
      ".space 384\n\t" /* FAULT_STACK_BYTES */
      ".popsection");
extern fault_record_t mcu_fault_record;

/* Where an STM32's heap begins.  One linker script of the core's 295 puts unknown sections behind it. */
extern char _end[] __attribute__((weak));

static bool place_is_ours;

void FAULT_HANDLER(void);
void mcu_fault_c(const uint32_t *frame);

/* Passes the stack pointer the exception found: the main one, or a task's (EXC_RETURN, bit 2). */
__attribute__((naked, used)) void FAULT_HANDLER(void) {
    __asm volatile(".syntax unified\n\t"
                   "movs r0, #4\n\t"
                   "mov r1, lr\n\t"
                   "tst r1, r0\n\t"
                   "mrs r0, msp\n\t"
                   "beq 1f\n\t"
                   "mrs r0, psp\n"
                   "1:\n\t"
                   "ldr r1, =mcu_fault_stack + 384\n\t" /* FAULT_STACK_BYTES */
                   "mov sp, r1\n\t"
                   "ldr r2, =mcu_fault_c\n\t"
                   "bx r2\n\t"
                   ".ltorg");
}

static uint32_t sum_of_others(void) {
    const volatile uint32_t *const words = (const volatile uint32_t *)&mcu_fault_record;
    uint32_t sum = 0;
    for (uint32_t i = 0; i + 1u < RECORD_WORDS; i++) {
        sum += words[i];
    }
    return sum;
}

/* Where the core has a data cache that is on (CCR.DC), a reset would lose what is only there: DCCMVAC writes a line
 * back (Armv7-M ARM, B3.2.8 and B3.2.26).  Other cores read that bit as 0. */
static void write_back(void) {
#if HAS_FAULT_STATUS
    const uint32_t start = (uint32_t)&mcu_fault_record;
    data_barrier();
    if ((REGISTER(0xE000ED14u) >> 16 & 1u) != 0u) {
        for (uint32_t line = 0; line < RECORD_BYTES; line += CACHE_LINE_BYTES) {
            REGISTER(0xE000EF68u) = start + line;
        }
    }
#endif
    data_barrier();
}

static void seal(void) {
    mcu_fault_record.check = RECORD_MAGIC - sum_of_others();
    write_back();
}

static bool is_whole(void) {
    return mcu_fault_record.magic == RECORD_MAGIC && sum_of_others() + mcu_fault_record.check == RECORD_MAGIC &&
           mcu_fault_record.frame_bytes <= PLATFORM_FAULT_FRAME_BYTES;
}

static void make_empty(void) {
    volatile uint32_t *const words = (volatile uint32_t *)&mcu_fault_record;
    for (uint32_t i = 0; i < RECORD_WORDS; i++) {
        words[i] = 0;
    }
    mcu_fault_record.magic = RECORD_MAGIC;
}

/* MSTKERR, bit 4, or STKERR, bit 12, of CFSR: the core could not push the frame.  Cores without CFSR do not come here
 * then: they lock up. */
static bool frame_was_pushed(void) {
#if HAS_FAULT_STATUS
    return (SCB_CFSR & (1u << 4 | 1u << 12)) == 0u;
#else
    return true;
#endif
}

__attribute__((noreturn, used)) void mcu_fault_c(const uint32_t *frame) {
    const platform_fault fault = fault_of_frame(frame, frame_was_pushed());
    if (!is_whole()) {
        make_empty();
    }
    mcu_fault_record.is_new = 1;
    mcu_fault_record.faults_in_a_row++;
    if (firmware_fault_frame != 0) {
        mcu_fault_record.frame_bytes = (uint32_t)firmware_fault_frame(&fault, mcu_fault_record.frame);
    }
    seal();
    if (mcu_fault_record.faults_in_a_row < FAULTS_IN_A_ROW_MAX) {
        request_reset();
    }
    for (;;) { /* as the core's own handler does; after a reset by hand the last fault is reported */
    }
}

bool fault_start(void) {
    place_is_ours = _end == 0 || (uint32_t)&mcu_fault_record < (uint32_t)_end;
    if (!place_is_ours) {
        return false;
    }
    if (!is_whole()) {
        make_empty();
    }
    const bool was_fault = mcu_fault_record.is_new != 0u;
    mcu_fault_record.is_new = 0;
    seal();
    return was_fault;
}

size_t fault_pending(const uint8_t **frame) {
    *frame = mcu_fault_record.frame;
    return place_is_ours ? mcu_fault_record.frame_bytes : 0u;
}

void fault_sent(void) {
    mcu_fault_record.frame_bytes = 0;
    seal();
}

void fault_all_is_well(void) {
    if (place_is_ours && mcu_fault_record.faults_in_a_row != 0u) {
        mcu_fault_record.faults_in_a_row = 0;
        seal();
    }
}

#else

bool fault_start(void) {
    return false;
}

size_t fault_pending(const uint8_t **frame) {
    *frame = 0;
    return 0;
}

void fault_sent(void) {}

void fault_all_is_well(void) {}

#endif
