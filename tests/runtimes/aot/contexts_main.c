/* Contexts of two models beside their static forms, one sample of each in turn.  samples.h, which the test writes, has
 * inputs and what TensorFlow Lite Micro computes from them.  check() is 0, or the number of the first check that
 * failed. */
#include "convolution.h"
#include "samples.h"
#include "svdf.h"

#include <string.h>

#define ARENA(name, bytes) static uint8_t name[bytes] AOT_ALIGNED(AOT_ARENA_ALIGNMENT)

ARENA(memory_a, SVDF_ARENA_BYTES);
ARENA(memory_b, SVDF_ARENA_BYTES);
ARENA(shared, SVDF_ARENA_BYTES > CONVOLUTION_ARENA_BYTES ? SVDF_ARENA_BYTES : CONVOLUTION_ARENA_BYTES);
ARENA(memory_c, CONVOLUTION_ARENA_BYTES);

static svdf_context a, b, c, d;
static convolution_context conv, shared_conv;

static int svdf_runs(svdf_context *context, int sequence, int step) {
    memcpy(svdf_context_input0(context), svdf_inputs[sequence][step], SVDF_INPUT0_BYTES);
    return svdf_context_invoke(context) == AOT_OK &&
           memcmp(svdf_context_output0(context), svdf_outputs[sequence][step], SVDF_OUTPUT0_BYTES) == 0;
}

static int convolution_runs(convolution_context *context, int step) {
    memcpy(convolution_context_input0(context), convolution_inputs[step], CONVOLUTION_INPUT0_BYTES);
    return convolution_context_invoke(context) == AOT_OK &&
           memcmp(convolution_context_output0(context), convolution_outputs[step], CONVOLUTION_OUTPUT0_BYTES) == 0;
}

static int static_forms_run(int step) {
    memcpy(svdf_input0(), svdf_inputs[2][step], SVDF_INPUT0_BYTES);
    memcpy(convolution_input0(), convolution_inputs[step], CONVOLUTION_INPUT0_BYTES);
    svdf_invoke();
    convolution_invoke();
    return memcmp(svdf_output0(), svdf_outputs[2][step], SVDF_OUTPUT0_BYTES) == 0 &&
           memcmp(convolution_output0(), convolution_outputs[step], CONVOLUTION_OUTPUT0_BYTES) == 0;
}

static int all_in_turn(int step) {
    return svdf_runs(&a, 0, step) && svdf_runs(&b, 1, step) && static_forms_run(step) &&
           convolution_runs(&conv, step) &&
           /* One arena for three contexts, whose state is their own. */
           svdf_runs(&c, 1, step) && convolution_runs(&shared_conv, step) && svdf_runs(&d, 2, step);
}

static int check(void) {
    int step;
    svdf_reset_state();
    if (svdf_context_invoke(&a) != AOT_NO_ARENA || svdf_context_input0(&a) != NULL ||
        svdf_context_output0(&a) != NULL) {
        return 1;
    }
    if (svdf_context_init(&a, NULL, sizeof memory_a) != AOT_NO_ARENA || a.arena != NULL) {
        return 2;
    }
    if (svdf_context_init(&a, memory_a, sizeof memory_a - 1) != AOT_ARENA_TOO_SMALL || a.arena != NULL) {
        return 3;
    }
    if (svdf_context_init(&a, memory_a + 8, sizeof memory_a) != AOT_ARENA_NOT_ALIGNED || a.arena != NULL) {
        return 4;
    }
    if (svdf_context_invoke(&a) != AOT_NO_ARENA) {
        return 5;
    }
    if (svdf_context_init(&a, memory_a, sizeof memory_a) != AOT_OK ||
        svdf_context_init(&b, memory_b, sizeof memory_b) != AOT_OK ||
        svdf_context_init(&c, shared, sizeof shared) != AOT_OK ||
        svdf_context_init(&d, shared, sizeof shared) != AOT_OK ||
        convolution_context_init(&conv, memory_c, sizeof memory_c) != AOT_OK ||
        convolution_context_init(&shared_conv, shared, sizeof shared) != AOT_OK) {
        return 6;
    }
    for (step = 0; step < STEPS / 2; ++step) {
        if (!all_in_turn(step)) {
            return 10 + step;
        }
    }
    /* Another arena in the middle of a sequence: what the context remembers is not in the arena. */
    memset(memory_b, 0x55, sizeof memory_b);
    if (svdf_context_set_arena(&b, shared, sizeof shared) != AOT_OK) {
        return 7;
    }
    for (; step < STEPS; ++step) {
        if (!all_in_turn(step)) {
            return 10 + step;
        }
    }
    svdf_context_reset_state(&a);
    for (step = 0; step < STEPS; ++step) {
        if (!svdf_runs(&a, 0, step)) {
            return 100 + step;
        }
    }
    return 0;
}
