/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a recurrent layer goes along: MCU_GRU and MCU_SIMPLE_RNN, on every core. */
#ifndef AOT_SEQUENCE_H
#define AOT_SEQUENCE_H

#include <stdint.h>

typedef struct {
    int32_t steps;
    int32_t inputs; /* of a step */
    int32_t units;
    int32_t first;     /* element of the input at which the first step begins */
    int32_t time_step; /* elements from one step to the next; below zero: backwards */
} aot_sequence;

#endif
