/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the headers of models say of memory that their users give: alignment, and what can be wrong with it.
 *
 * Plain C99 and C++ for any compiler. */
#ifndef AOT_CONTEXT_H
#define AOT_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

/* Of every arena, in bytes: vectors of Helium are read and written whole. */
#define AOT_ARENA_ALIGNMENT 16

#if defined(__GNUC__)
#define AOT_ALIGNED(bytes) __attribute__((aligned(bytes)))
#define AOT_MUST_CHECK __attribute__((warn_unused_result))
#else
#define AOT_ALIGNED(bytes)
#define AOT_MUST_CHECK
#endif

/* Results of functions that are given an arena. */
enum {
    AOT_OK = 0,
    AOT_NO_ARENA = 1,         /* NULL, or one that was refused before */
    AOT_ARENA_TOO_SMALL = 2,  /* fewer than <NAME>_ARENA_BYTES */
    AOT_ARENA_NOT_ALIGNED = 3 /* its address is no multiple of AOT_ARENA_ALIGNMENT */
};

static inline int aot_check_arena(const void *arena, size_t arena_bytes, size_t needed_bytes) {
    int result = AOT_OK;
    if (arena == NULL) {
        result = AOT_NO_ARENA;
    } else if ((uintptr_t)arena % AOT_ARENA_ALIGNMENT != 0) {
        result = AOT_ARENA_NOT_ALIGNED;
    } else if (arena_bytes < needed_bytes) {
        result = AOT_ARENA_TOO_SMALL;
    } else {
        /* it will do */
    }
    return result;
}

#endif
