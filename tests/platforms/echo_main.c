/* The smallest firmware that exercises every function of platform.h: it echoes bytes, and obeys commands.
 *
 * A byte 0x1B starts a command of one letter; 0x1B 0x1B is the byte itself:
 *   i  information as one line of text     w  count the ticks of a fixed piece of work, as text
 *   r  platform_reset()                    s  use 1024 bytes of stack
 *   f  an undefined instruction            o  overflow the stack
 *   c  store to flash                      n  Secure code calls Non-secure memory
 *   a  platform_init() again, after a while
 *   0-7  count the ticks of 2 * 10^3 ... 2 * 10^10 instructions, as text
 */
#include "firmware_config.h"
#include "platform.h"

#define ESCAPE 0x1Bu

/* Armv8-M ARM (DDI 0553), D1.2 "SAU_CTRL": what the chip's own map calls Non-secure then is. */
#define SAU_CONTROL (*(volatile uint32_t *)0xE000EDD0u)
#define SAU_CONTROL_ALLNS 2u
#define NON_SECURE_CODE 1u /* address 0, the lowest bit says Thumb */

static volatile uint8_t initialised = 42; /* checks that .data was copied */
static volatile uint32_t zeroed;          /* and .bss cleared */

static void write_number(const char *name, uint64_t value) {
    char digits[21];
    size_t start = sizeof(digits);
    do {
        digits[--start] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0u);
    size_t length = 0;
    while (name[length] != '\0') {
        length++;
    }
    platform_write((const uint8_t *)name, length);
    platform_write((const uint8_t *)digits + start, sizeof(digits) - start);
}

static void write_information(void) {
    write_number("boots=", platform_boot_count());
    write_number(" reason=", platform_boot_reason());
    write_number(" ticks_work=", platform_ticks_work() ? 1u : 0u);
    write_number(" stack=", platform_stack_bytes());
    write_number(" used=", platform_stack_used_bytes());
    write_number(" data=", initialised);
    write_number(" bss=", zeroed);
    platform_write((const uint8_t *)"\n", 1);
}

static __attribute__((noinline)) void work(void) {
    volatile float sum = 0.0f; /* floating point on purpose: the FPU must be on */
    const uint64_t start = platform_ticks();
    for (int i = 0; i < 1000; i++) {
        sum = sum + 0.5f;
    }
    const uint64_t end = platform_ticks();
    write_number("ticks=", end - start);
    write_number(" sum=", (uint64_t)sum);
    platform_write((const uint8_t *)"\n", 1);
}

/* `turns` times two instructions, and a few before and after: in assembly, so that their number is known. */
static __attribute__((noinline)) void spin(uint32_t turns) {
#if defined(__arm__)
    __asm volatile(".syntax unified\n\t"
                   "1: subs %0, #1\n\t"
                   "bne 1b"
                   : "+l"(turns)::"cc");
#elif defined(__riscv)
    __asm volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(turns));
#else
    while (turns-- != 0u) {
        __asm volatile("");
    }
#endif
}

static __attribute__((noinline)) uint64_t spin_ticks(uint32_t turns, uint32_t times) {
    const uint64_t start = platform_ticks();
    for (uint32_t i = 0; i < times; i++) {
        spin(turns);
    }
    return platform_ticks() - start;
}

static void count_instructions(unsigned zeros) {
    uint32_t turns = 1000;
    uint32_t times = 1;
    for (unsigned i = 0; i < zeros; i++) {
        if (i < 6u) {
            turns *= 10u; /* up to 10^9 */
        } else {
            times *= 10u;
        }
    }
    write_number("ticks=", spin_ticks(turns, times));
    platform_write((const uint8_t *)"\n", 1);
}

static __attribute__((noinline)) void use_stack(void) {
    volatile uint8_t buffer[1024];
    for (size_t i = 0; i < sizeof(buffer); i++) {
        buffer[i] = (uint8_t)i;
    }
    platform_write((const uint8_t *)"done\n", 5);
}

static __attribute__((noinline)) uint32_t overflow(uint32_t depth) {
    volatile uint8_t buffer[256];
    buffer[0] = (uint8_t)depth;
    return depth == UINT32_MAX ? 0u : overflow(depth + 1u) + buffer[0];
}

static void store_to_flash(void) {
    static volatile uintptr_t origin = FLASH_ORIGIN; /* hidden from the compiler: it knows what 0 means */
    volatile uint32_t *word = (volatile uint32_t *)origin;
    const uint32_t before = *word;
    *word = ~before;
    const bool unchanged = *word == before;
    *word = before;
    write_number("unchanged=", unchanged ? 1u : 0u);
    platform_write((const uint8_t *)"\n", 1);
}

static void obey(uint8_t command) {
    switch (command) {
    case 'i':
        write_information();
        break;
    case 'w':
        work();
        break;
    case 's':
        use_stack();
        break;
    case 'r':
        platform_reset();
        break;
    case 'a':
        (void)spin_ticks(20u * 1000u * 1000u, 1u); /* what was sent behind the command arrives */
        platform_init();
        break;
    case 'f':
        __builtin_trap();
    case 'c':
        store_to_flash();
        break;
    case 'n':
        SAU_CONTROL = SAU_CONTROL_ALLNS;
        ((void (*)(void))NON_SECURE_CODE)();
        break;
    case 'o':
        zeroed = overflow(0);
        break;
    default:
        if (command >= '0' && command <= '7') {
            count_instructions(command - (unsigned)'0');
            break;
        }
        platform_write(&command, 1);
    }
}

int main(void) {
    uint8_t buffer[64];
    bool escaped = false;
    platform_init();
    platform_write((const uint8_t *)"echo " BOARD_ID "\n", sizeof("echo " BOARD_ID "\n") - 1);
    for (;;) {
        const size_t count = platform_read(buffer, sizeof(buffer));
        for (size_t i = 0; i < count; i++) {
            if (escaped) {
                obey(buffer[i]);
                escaped = false;
            } else if (buffer[i] == ESCAPE) {
                escaped = true;
            } else {
                platform_write(&buffer[i], 1);
            }
        }
        if (count == 0) {
            platform_wait();
        }
    }
}
