/* Plain loads and stores around each access of kernels/mve/accesses.h, where the compiler knows all of the addresses
 * and all of the values.  Ends the emulator with the number of the first check that fails, or 0. */
#include "accesses.h"

static int8_t memory[64];
static int32_t words[16];
static aot_int16 halves[32];

/* memory[i] = first + i */
AOT_INLINE void fill(int8_t first) {
    for (int32_t i = 0; i < 32; ++i) {
        memory[i] = (int8_t)(first + i);
    }
}

/* The 32 bytes are `value` where `written` says so, and as they were filled elsewhere. */
AOT_INLINE int is_written(int8_t first, int8_t value, uint32_t written) {
    for (int32_t i = 0; i < 32; ++i) {
        if (memory[i] != (written >> i & 1 ? value : (int8_t)(first + i))) {
            return 0;
        }
    }
    return 1;
}

/* halves[i] = first + i */
AOT_INLINE void fill_halves(int16_t first) {
    for (int32_t i = 0; i < 32; ++i) {
        halves[i] = (int16_t)(first + i);
    }
}

/* The 32 halves are `value` where `written` says so, and as they were filled elsewhere. */
AOT_INLINE int is_written_in_halves(int16_t first, int16_t value, uint32_t written) {
    for (int32_t i = 0; i < 32; ++i) {
        if (halves[i] != (written >> i & 1 ? value : (int16_t)(first + i))) {
            return 0;
        }
    }
    return 1;
}

__attribute__((noinline)) static int store_bytes(void) {
    fill(1);
    const int before = memory[4] + memory[11];
    aot_mve_store_bytes(memory + 1, vdupq_n_s8(99), 5);
    return before == 17 && is_written(1, 99, 0x3E);
}

__attribute__((noinline)) static int store_bytes_twice(void) {
    fill(2);
    aot_mve_store_bytes(memory, vdupq_n_s8(77), 9);
    aot_mve_store_bytes(memory, vdupq_n_s8(2), 1);
    aot_mve_store_bytes(memory + 9, vdupq_n_s8(77), 16);
    return is_written(2, 77, 0x01FFFFFE);
}

__attribute__((noinline)) static int store_low_bytes(void) {
    fill(3);
    const int before = memory[1] + memory[7];
    aot_mve_store_low_bytes(memory, vdupq_n_s16(0x0255), 3);
    aot_mve_store_low_bytes(memory + 8, vdupq_n_s16(0x0355), 20);
    return before == 14 && is_written(3, 0x55, 0xFF07);
}

__attribute__((noinline)) static int scatter_bytes(void) {
    fill(4);
    const int before = memory[30] + memory[29];
    aot_mve_scatter_bytes(memory, vidupq_n_u8(15, 1), vdupq_n_s8(-7), 4);
    aot_mve_scatter_bytes(memory, vmulq_n_u8(vidupq_n_u8(0, 1), 2), vdupq_n_s8(-7), 1);
    return before == 67 && is_written(4, -7, 0x78001);
}

__attribute__((noinline)) static int scatter_low_bytes(void) {
    fill(5);
    const int before = memory[3] + memory[6];
    const uint32x4_t where = vaddq_n_u32(vmulq_n_u32(vidupq_n_u32(0, 1), 3), (uint32_t)(uintptr_t)memory);
    aot_mve_scatter_low_bytes(where, 1, vdupq_n_s32(0x141), 0x0F0F);
    return before == 19 && is_written(5, 0x41, 0x82);
}

__attribute__((noinline)) static int load_bytes(void) {
    fill(6);
    memory[2] = 40;
    const int8x16_t lanes = aot_mve_load_bytes(memory, 3);
    memory[1] = 0;
    return vaddvq_s8(lanes) == 6 + 7 + 40 && memory[1] == 0;
}

__attribute__((noinline)) static int load_widened(void) {
    fill(7);
    memory[3] = -100;
    const int32x4_t lanes = aot_mve_load_widened(memory);
    memory[2] = 50;
    return vaddvq_s32(lanes) == 7 + 8 + 9 - 100 && memory[2] == 50;
}

__attribute__((noinline)) static int gather_bytes(void) {
    fill(8);
    memory[21] = 60;
    const int8x16_t lanes = aot_mve_gather_bytes(memory, vmulq_n_u8(vidupq_n_u8(0, 1), 3), 0x0081);
    memory[21] = 0;
    return vaddvq_s8(lanes) == 8 + 60 && memory[21] == 0;
}

__attribute__((noinline)) static int gather_words(void) {
    for (int32_t i = 0; i < 16; ++i) {
        words[i] = 0x01010101 * i;
    }
    words[11] = 0x02020202;
    const uint32x4_t where = vaddq_n_u32(vmulq_n_u32(vidupq_n_u32(0, 1), 20), (uint32_t)(uintptr_t)words);
    const int8x16_t lanes = aot_mve_gather_words(where, 4); /* words 1, 6, 11, 16 */
    words[6] = 0;
    return vaddvq_p_s8(lanes, 0x0FFF) == 4 * (1 + 6 + 2) && words[6] == 0;
}

__attribute__((noinline)) static int load_widened_bytes(void) {
    fill(10);
    memory[4] = -100;
    const int16x8_t lanes = aot_mve_load_widened_bytes(memory, 5);
    memory[3] = 50;
    return vaddvq_s16(lanes) == 10 + 11 + 12 + 13 - 100 && memory[3] == 50;
}

__attribute__((noinline)) static int load_widened_halves(void) {
    fill_halves(300);
    halves[2] = -2000;
    const int32x4_t lanes = aot_mve_load_widened_halves(halves, 3);
    halves[1] = 0;
    return vaddvq_s32(lanes) == 300 + 301 - 2000 && halves[1] == 0;
}

__attribute__((noinline)) static int load_halves(void) {
    fill_halves(400);
    halves[4] = -3000;
    const int16x8_t lanes = aot_mve_load_halves(halves, 5);
    halves[0] = 0;
    return vaddvq_s16(lanes) == 400 + 401 + 402 + 403 - 3000 && halves[0] == 0;
}

__attribute__((noinline)) static int gather_halves(void) {
    fill_halves(500);
    halves[14] = -4000;
    const int32x4_t lanes = aot_mve_gather_halves((const int16_t *)halves, vmulq_n_u32(vidupq_n_u32(0, 1), 7));
    halves[14] = 0;
    return vaddvq_s32(lanes) == 500 + 507 - 4000 + 521 && halves[14] == 0;
}

__attribute__((noinline)) static int store_lowest_bytes(void) {
    fill(11);
    const int before = memory[2] + memory[4];
    aot_mve_store_lowest_bytes(memory + 1, vdupq_n_s32(0x163), 3);
    aot_mve_store_lowest_bytes(memory + 8, vdupq_n_s32(0x163), 9);
    return before == 28 && is_written(11, 0x63, 0x0F0E);
}

__attribute__((noinline)) static int scatter_lowest_bytes(void) {
    fill(12);
    const int before = memory[5] + memory[15];
    aot_mve_scatter_lowest_bytes(memory, vmulq_n_u32(vidupq_n_u32(0, 1), 5), vdupq_n_s32(0x164), 3);
    return before == 44 && is_written(12, 0x64, 0x0421);
}

__attribute__((noinline)) static int store_low_halves(void) {
    fill_halves(600);
    const int before = halves[1] + halves[3];
    aot_mve_store_low_halves(halves, vdupq_n_s32(0x10007), 2);
    aot_mve_store_low_halves(halves + 8, vdupq_n_s32(0x10007), 6);
    return before == 1204 && is_written_in_halves(600, 7, 0x0F03);
}

__attribute__((noinline)) static int store_halves(void) {
    fill_halves(700);
    const int before = halves[1] + halves[9];
    aot_mve_store_halves(halves + 1, vdupq_n_s16(-7), 3);
    aot_mve_store_halves(halves + 16, vdupq_n_s16(-7), 8);
    return before == 1410 && is_written_in_halves(700, -7, 0x00FF000E);
}

__attribute__((noinline)) static int scatter_low_halves(void) {
    fill_halves(800);
    const int before = halves[9] + halves[18];
    aot_mve_scatter_low_halves(halves, vmulq_n_u32(vidupq_n_u32(0, 1), 9), vdupq_n_s32(0x2FFFE), 3);
    return before == 1627 && is_written_in_halves(800, -2, 0x00040201);
}

/* The accesses that are not in accesses.h, because the compiler is right about them. */
__attribute__((noinline)) static int whole_vectors(void) {
    fill(9);
    int8x16_t lanes = vldrbq_s8(memory);
    vstrbq_s8(memory + 16, vdupq_n_s8(33));
    const int sum = memory[15] + memory[16] + memory[31];
    memory[31] = 3;
    const int8x16x4_t four = vld4q_s8(memory);
    memory[0] = 1;
    vst4q_s8(memory, four);
    const int after = memory[0] + memory[31];
    words[0] = 5;
    words[7] = 6;
    const int32x4x2_t two = vld2q_s32(words);
    words[7] = 0;
    lanes = vreinterpretq_s8_s32(vaddq_s32(two.val[0], two.val[1]));
    return sum == 24 + 66 && after == 9 + 3 && vgetq_lane_s32(vreinterpretq_s32_s8(lanes), 3) == 6 + words[6];
}

__attribute__((used)) static int first_failure(void) {
    static int (*const checks[])(void) = {
        store_bytes,          store_bytes_twice,   store_low_bytes, scatter_bytes,     scatter_low_bytes,
        load_bytes,           load_widened,        gather_bytes,    gather_words,      whole_vectors,
        load_widened_bytes,   load_widened_halves, load_halves,     gather_halves,     store_lowest_bytes,
        scatter_lowest_bytes, store_low_halves,    store_halves,    scatter_low_halves};
    for (int32_t i = 0; i < (int32_t)(sizeof checks / sizeof checks[0]); ++i) {
        if (!checks[i]()) {
            return (int)i + 1;
        }
    }
    return 0;
}

/* ---- start and end: all that the image needs to run in the emulator ---- */

__attribute__((used)) static void start(void) {
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; /* CPACR: floating point and Helium are on */
    __asm__ volatile("dsb\n\tisb" : : : "memory");
    const uint32_t ended[2] = {0x20026, (uint32_t)first_failure()}; /* the application ends itself, exit code */
    __asm__ volatile("mov r0, #0x20\n\tmov r1, %0\n\tbkpt 0xAB" : : "r"(ended) : "r0", "r1", "memory");
    for (;;) {
    }
}

__attribute__((used, section(".vectors"))) static void *const vectors[2] = {(void *)0x30008000u, (void *)start};
