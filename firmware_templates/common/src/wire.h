/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Little-endian numbers in byte buffers, at any alignment (Cortex-M0 faults on unaligned words). */
#ifndef MCU_WIRE_H
#define MCU_WIRE_H

#include <stdint.h>
#include <string.h>

static inline uint16_t wire_get_u16(const uint8_t *from) {
    return (uint16_t)(from[0] | from[1] << 8);
}

static inline uint32_t wire_get_u24(const uint8_t *from) {
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16;
}

static inline uint32_t wire_get_u32(const uint8_t *from) {
    return wire_get_u24(from) | (uint32_t)from[3] << 24;
}

static inline void wire_put_u16(uint8_t *to, uint16_t value) {
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static inline void wire_put_u32(uint8_t *to, uint32_t value) {
    wire_put_u16(to, (uint16_t)value);
    wire_put_u16(to + 2, (uint16_t)(value >> 16));
}

static inline void wire_put_u64(uint8_t *to, uint64_t value) {
    wire_put_u32(to, (uint32_t)value);
    wire_put_u32(to + 4, (uint32_t)(value >> 32));
}

static inline void wire_put_f32(uint8_t *to, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    wire_put_u32(to, bits);
}

#endif
