/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* memcpy() and memset() in a quarter of the bytes that the C library's take, which are unrolled for long copies.
 *
 * Blocks of 16 bytes go through four registers at a time (LDM and STM, which need addresses that are multiples of 4);
 * what is left, and whatever is not aligned, goes by words where the core reads them at any address, else by bytes. The
 * assembly in the loops also keeps the compiler from making calls of memcpy() and memset() of them.
 */
#include <stddef.h>
#include <stdint.h>

#if defined(__ARM_FEATURE_UNALIGNED)
typedef uint32_t __attribute__((may_alias, aligned(1))) word;
#else
typedef uint32_t __attribute__((may_alias)) word;
#endif

static int are_aligned(const void *a, const void *b) {
    return (((uintptr_t)a | (uintptr_t)b) & 3U) == 0;
}

static int may_go_by_words(const void *a, const void *b) {
#if defined(__ARM_FEATURE_UNALIGNED)
    (void)a;
    (void)b;
    return 1;
#else
    return are_aligned(a, b);
#endif
}

/* Used: the compiler calls them where no source does, and -flto does not see that. */
__attribute__((used)) void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
    uint8_t *out = to;
    const uint8_t *in = from;
    if (bytes >= 16 && are_aligned(to, from)) {
        for (; bytes >= 16; bytes -= 16) {
            __asm__ volatile("ldmia %1!, {r3-r6}\n\tstmia %0!, {r3-r6}"
                             : "+l"(out), "+l"(in)
                             :
                             : "r3", "r4", "r5", "r6", "memory");
        }
    }
    if (may_go_by_words(to, from)) {
        for (; bytes >= sizeof(word); bytes -= sizeof(word)) {
            *(word *)(void *)out = *(const word *)(const void *)in;
            in += sizeof(word);
            out += sizeof(word);
            __asm__ volatile("" ::: "memory");
        }
    }
    for (; bytes != 0; bytes--) {
        *out++ = *in++;
        __asm__ volatile("" ::: "memory");
    }
    return to;
}

__attribute__((used)) void *memset(void *to, int value, size_t bytes) {
    uint8_t *out = to;
    const uint32_t filling = 0x01010101U * (uint8_t)value;
    if (bytes >= 16 && are_aligned(to, to)) {
        register uint32_t first __asm__("r3") = filling;
        register uint32_t second __asm__("r4") = filling;
        register uint32_t third __asm__("r5") = filling;
        register uint32_t fourth __asm__("r6") = filling;
        for (; bytes >= 16; bytes -= 16) {
            __asm__ volatile("stmia %0!, {r3-r6}"
                             : "+l"(out)
                             : "r"(first), "r"(second), "r"(third), "r"(fourth)
                             : "memory");
        }
    }
    if (may_go_by_words(to, to)) {
        for (; bytes >= sizeof(word); bytes -= sizeof(word)) {
            *(word *)(void *)out = filling;
            out += sizeof(word);
            __asm__ volatile("" ::: "memory");
        }
    }
    for (; bytes != 0; bytes--) {
        *out++ = (uint8_t)filling;
        __asm__ volatile("" ::: "memory");
    }
    return to;
}
