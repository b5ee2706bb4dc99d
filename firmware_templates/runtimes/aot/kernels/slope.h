/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* LEAKY_RELU of float32: x where it is positive, else alpha * x. */
#ifndef AOT_SLOPE_H
#define AOT_SLOPE_H

typedef struct {
    float alpha;
} aot_slope;

#endif
