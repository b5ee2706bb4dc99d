/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Loads and stores of some lanes, and of lanes that are wider than the memory or anywhere: the only place that uses
 * them, because GCC 12 is wrong about what the intrinsics for them touch.  To its optimiser
 *
 * - a store under a predicate writes whole vectors: what was stored there before is dropped, the bytes that the
 *   predicate spares included;
 * - a load or store that widens or narrows (VLDRB.S32, VSTRB.16) touches a single element: plain loads and stores of
 *   the other ones move across it;
 * - a gather reads 16 bytes at the address in its register, wherever its lanes send it;
 * - a constant predicate for lanes of 32 bits that is not 0 means all lanes.
 *
 * So these are in assembly, and say themselves what they touch: stores, and gathers from anywhere, all memory, so that
 * no access moves across them in either direction; loads, all that lies behind an address.  Clang knows the intrinsics.
 * (Whole vectors, VLDRB.8 to VST4, are described correctly and used as they are.)
 *
 * `count`: how many lanes, from the first one on; more than there are is all of them.  `some`: a bit for each byte of
 * the vector. */
#ifndef AOT_MVE_ACCESSES_H
#define AOT_MVE_ACCESSES_H

#include "instructions.h"

/* What an asm statement reads: everything from `address` on. */
#define AOT_MVE_FROM(address) "m"(*(const int8_t (*)[])(address))

/* `count` bytes; the other lanes are 0.  (GCC takes it for a load of 16 bytes, which only makes it careful.) */
AOT_INLINE int8x16_t aot_mve_load_bytes(const int8_t *from, int32_t count) {
    return vldrbq_z_s8(from, vctp8q((uint32_t)count));
}

/* 4 bytes, each in a 32-bit lane. */
AOT_INLINE int32x4_t aot_mve_load_widened(const int8_t *from) {
#if defined(__clang__)
    return vldrbq_s32(from);
#else
    int32x4_t lanes; /* "l": the instruction takes r0 to r7 only, as VSTRB.16 does */
    __asm__("vldrb.s32 %q0, [%1]" : "=w"(lanes) : "l"(from), AOT_MVE_FROM(from));
    return lanes;
#endif
}

/* The bytes at from + offsets where `some` says so; the other lanes are 0. */
AOT_INLINE int8x16_t aot_mve_gather_bytes(const int8_t *from, uint8x16_t offsets, mve_pred16_t some) {
#if defined(__clang__)
    return vldrbq_gather_offset_z_s8(from, offsets, some);
#else
    int8x16_t lanes; /* not one of the inputs: the instruction does not allow its offsets to be overwritten */
    __asm__("vmsr p0, %3\n\tvpst\n\tvldrbt.u8 %q0, [%1, %q2]"
            : "=&w"(lanes)
            : "r"(from), "w"(offsets), "r"(some), AOT_MVE_FROM(from)
            : "p0");
    return lanes;
#endif
}

/* The words at `addresses`, all moved by `offset` bytes. */
AOT_INLINE int8x16_t aot_mve_gather_words(uint32x4_t addresses, int32_t offset) {
#if defined(__clang__)
    return vreinterpretq_s8_s32(vldrwq_gather_offset_s32((const int32_t *)(uintptr_t)(uint32_t)offset, addresses));
#else
    int8x16_t lanes;
    __asm__ volatile("vldrw.u32 %q0, [%1, %q2]" : "=&w"(lanes) : "r"(offset), "w"(addresses) : "memory");
    return lanes;
#endif
}

/* The first `count` of 16 bytes. */
AOT_INLINE void aot_mve_store_bytes(int8_t *to, int8x16_t lanes, int32_t count) {
#if defined(__clang__)
    vstrbq_p_s8(to, lanes, vctp8q((uint32_t)count));
#else
    __asm__ volatile("vctp.8 %2\n\tvpst\n\tvstrbt.8 %q1, [%0]" : : "r"(to), "w"(lanes), "r"(count) : "p0", "memory");
#endif
}

/* The low bytes of the first `count` of 8 lanes. */
AOT_INLINE void aot_mve_store_low_bytes(int8_t *to, int16x8_t lanes, int32_t count) {
#if defined(__clang__)
    vstrbq_p_s16(to, lanes, vctp16q((uint32_t)count));
#else
    __asm__ volatile("vctp.16 %2\n\tvpst\n\tvstrbt.16 %q1, [%0]" : : "l"(to), "w"(lanes), "r"(count) : "p0", "memory");
#endif
}

/* The first `count` of 16 bytes, to `to` + offsets. */
AOT_INLINE void aot_mve_scatter_bytes(int8_t *to, uint8x16_t offsets, int8x16_t lanes, int32_t count) {
#if defined(__clang__)
    vstrbq_scatter_offset_p_s8(to, offsets, lanes, vctp8q((uint32_t)count));
#else
    __asm__ volatile("vctp.8 %3\n\tvpst\n\tvstrbt.8 %q2, [%0, %q1]"
                     :
                     : "r"(to), "w"(offsets), "w"(lanes), "r"(count)
                     : "p0", "memory");
#endif
}

/* The low bytes of 4 lanes, to `addresses`, all moved by `offset` bytes, where `some` says so. */
AOT_INLINE void aot_mve_scatter_low_bytes(uint32x4_t addresses, int32_t offset, int32x4_t lanes, uint32_t some) {
#if defined(__clang__)
    vstrbq_scatter_offset_p_s32((int8_t *)(uintptr_t)(uint32_t)offset, addresses, lanes, (mve_pred16_t)some);
#else
    __asm__ volatile("vmsr p0, %3\n\tvpst\n\tvstrbt.32 %q2, [%0, %q1]"
                     :
                     : "r"(offset), "w"(addresses), "w"(lanes), "r"(some)
                     : "p0", "memory");
#endif
}

/* The first `count` of 4 numbers of 16 bits, each in a 32-bit lane; the other lanes are 0. */
AOT_INLINE int32x4_t aot_mve_load_widened_halves(const aot_int16 *from, int32_t count) {
#if defined(__clang__)
    return vldrhq_z_s32((const int16_t *)from, vctp32q((uint32_t)count));
#else
    int32x4_t lanes;
    __asm__("vctp.32 %2\n\tvpst\n\tvldrht.s32 %q0, [%1]"
            : "=w"(lanes)
            : "l"(from), "r"(count), AOT_MVE_FROM(from)
            : "p0");
    return lanes;
#endif
}

/* The first `count` of 8 numbers of 16 bits; the other lanes are 0. */
AOT_INLINE int16x8_t aot_mve_load_halves(const aot_int16 *from, int32_t count) {
#if defined(__clang__)
    return vldrhq_z_s16((const int16_t *)from, vctp16q((uint32_t)count));
#else
    int16x8_t lanes;
    __asm__("vctp.16 %2\n\tvpst\n\tvldrht.16 %q0, [%1]"
            : "=w"(lanes)
            : "r"(from), "r"(count), AOT_MVE_FROM(from)
            : "p0");
    return lanes;
#endif
}

/* The first `count` of 8 bytes, each in a 16-bit lane; the other lanes are 0. */
AOT_INLINE int16x8_t aot_mve_load_widened_bytes(const int8_t *from, int32_t count) {
#if defined(__clang__)
    return vldrbq_z_s16(from, vctp16q((uint32_t)count));
#else
    int16x8_t lanes;
    __asm__("vctp.16 %2\n\tvpst\n\tvldrbt.s16 %q0, [%1]"
            : "=w"(lanes)
            : "l"(from), "r"(count), AOT_MVE_FROM(from)
            : "p0");
    return lanes;
#endif
}

/* The numbers of 16 bits with these indices, each in a 32-bit lane. */
AOT_INLINE int32x4_t aot_mve_gather_halves(const int16_t *from, uint32x4_t indices) {
#if defined(__clang__)
    return vldrhq_gather_shifted_offset_s32(from, indices);
#else
    int32x4_t lanes; /* not one of the inputs, as above */
    __asm__("vldrh.s32 %q0, [%1, %q2, uxtw #1]" : "=&w"(lanes) : "r"(from), "w"(indices), AOT_MVE_FROM(from));
    return lanes;
#endif
}

/* The low bytes of the first `count` of 4 lanes. */
AOT_INLINE void aot_mve_store_lowest_bytes(int8_t *to, int32x4_t lanes, int32_t count) {
#if defined(__clang__)
    vstrbq_p_s32(to, lanes, vctp32q((uint32_t)count));
#else
    __asm__ volatile("vctp.32 %2\n\tvpst\n\tvstrbt.32 %q1, [%0]" : : "l"(to), "w"(lanes), "r"(count) : "p0", "memory");
#endif
}

/* The low halves of the first `count` of 4 lanes. */
AOT_INLINE void aot_mve_store_low_halves(aot_int16 *to, int32x4_t lanes, int32_t count) {
#if defined(__clang__)
    vstrhq_p_s32((int16_t *)to, lanes, vctp32q((uint32_t)count));
#else
    __asm__ volatile("vctp.32 %2\n\tvpst\n\tvstrht.32 %q1, [%0]" : : "l"(to), "w"(lanes), "r"(count) : "p0", "memory");
#endif
}

/* The first `count` of 8 numbers of 16 bits. */
AOT_INLINE void aot_mve_store_halves(aot_int16 *to, int16x8_t lanes, int32_t count) {
#if defined(__clang__)
    vstrhq_p_s16((int16_t *)to, lanes, vctp16q((uint32_t)count));
#else
    __asm__ volatile("vctp.16 %2\n\tvpst\n\tvstrht.16 %q1, [%0]" : : "r"(to), "w"(lanes), "r"(count) : "p0", "memory");
#endif
}

/* The low bytes of the first `count` of 4 lanes, to `to` + offsets. */
AOT_INLINE void aot_mve_scatter_lowest_bytes(int8_t *to, uint32x4_t offsets, int32x4_t lanes, int32_t count) {
#if defined(__clang__)
    vstrbq_scatter_offset_p_s32(to, offsets, lanes, vctp32q((uint32_t)count));
#else
    __asm__ volatile("vctp.32 %3\n\tvpst\n\tvstrbt.32 %q2, [%0, %q1]"
                     :
                     : "r"(to), "w"(offsets), "w"(lanes), "r"(count)
                     : "p0", "memory");
#endif
}

/* The low halves of the first `count` of 4 lanes, to the numbers of 16 bits with these indices. */
AOT_INLINE void aot_mve_scatter_low_halves(aot_int16 *to, uint32x4_t indices, int32x4_t lanes, int32_t count) {
#if defined(__clang__)
    vstrhq_scatter_shifted_offset_p_s32((int16_t *)to, indices, lanes, vctp32q((uint32_t)count));
#else
    __asm__ volatile("vctp.32 %3\n\tvpst\n\tvstrht.32 %q2, [%0, %q1, uxtw #1]"
                     :
                     : "r"(to), "w"(indices), "w"(lanes), "r"(count)
                     : "p0", "memory");
#endif
}

#endif
