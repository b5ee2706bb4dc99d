/* Layers that are done together row by row: the rows of the tensors between them.
 *
 * Such a tensor is never in memory as a whole, only the rows that are still read: `kept_bytes` of older rows and behind
 * them the `step` rows that a turn makes.  Before each turn the older rows move down by one step, so every layer finds
 * its rows at the same place in every turn, one behind the other as in a whole image.
 *
 * Rows before the image and after its end are there too and hold the zero point: the layers see bands that lie
 * inside their image.  aot_rows_begin fills the rows before the first one, aot_rows_next those after the last one. */
#ifndef AOT_ROWS_H
#define AOT_ROWS_H

#include "aot.h"

typedef struct {
    int32_t height; /* of the image */
    int32_t step;   /* rows a turn */
    int32_t start;  /* the first row of turn 0; below 0: before the image */
    int32_t row_bytes;
    int32_t kept_bytes; /* older rows that are still read */
    int32_t pad;        /* the tensor's zero point */
} aot_rows;

/* Copies towards lower addresses; the two may overlap. */
__attribute__((noinline, unused)) static void aot_rows_move(int8_t *to, const int8_t *from, int32_t bytes) {
    if ((((uintptr_t)to | (uintptr_t)from) & 3) == 0) {
        aot_uint32 *words = (aot_uint32 *)(void *)to;
        const aot_uint32 *source = (const aot_uint32 *)(const void *)from;
        for (; bytes >= 16; bytes -= 16) {
            const uint32_t a = source[0], b = source[1], c = source[2], d = source[3];
            words[0] = a;
            words[1] = b;
            words[2] = c;
            words[3] = d;
            words += 4;
            source += 4;
        }
        to = (int8_t *)words;
        from = (const int8_t *)source;
    }
    for (; bytes > 0; --bytes) {
        *to++ = *from++;
        AOT_KEEP_IN_REGISTER(to); /* no memmove: a firmware may not have one */
    }
}

__attribute__((unused)) static void aot_rows_begin(const aot_rows *rows, int8_t *buffer) {
    memset(buffer, rows->pad, (size_t)(rows->kept_bytes + rows->step * rows->row_bytes));
}

/* Makes room for the rows of a turn; those after the image are filled.  Before the first row of the image nothing
 * moves: the buffer holds zero points all over. */
__attribute__((noinline, unused)) static void aot_rows_next(const aot_rows *rows, int8_t *buffer, int32_t turn) {
    const int32_t row = rows->start + turn * rows->step, left = aot_max(rows->height - row, 0);
    if (row + rows->step <= 0) {
        return;
    }
    aot_rows_move(buffer, buffer + rows->step * rows->row_bytes, rows->kept_bytes);
    if (left < rows->step) {
        int8_t *after = buffer + rows->kept_bytes + left * rows->row_bytes;
        memset(after, rows->pad, (size_t)((rows->step - left) * rows->row_bytes));
    }
}

/* The same for a tensor from before the group: its rows are copied from `tensor`. */
__attribute__((unused)) static void aot_rows_load(const aot_rows *rows, int8_t *buffer, int32_t turn,
                                                  const int8_t *tensor) {
    const int32_t row = rows->start + turn * rows->step, first = aot_max(row, 0);
    const int32_t count = aot_min(row + rows->step, rows->height) - first;
    aot_rows_next(rows, buffer, turn);
    if (count > 0) {
        int8_t *to = buffer + rows->kept_bytes + (first - row) * rows->row_bytes;
        aot_rows_move(to, tensor + first * rows->row_bytes, count * rows->row_bytes);
    }
}

#endif
