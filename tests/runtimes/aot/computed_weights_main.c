/* Two contexts of a convolution whose weights are an input, beside its static form.  The exit code is 0, or the number
 * of the check that failed. */
#include "mixer.h"
#include <string.h>

static uint8_t arenas[2][(MIXER_ARENA_BYTES + 15) / 16 * 16] AOT_ALIGNED(AOT_ARENA_ALIGNMENT);

static void fill(int8_t *values, int count, int seed) {
    for (int i = 0; i < count; ++i) {
        values[i] = (int8_t)((i * 37 + seed * 11) % 251 - 125);
    }
}

int main(void) {
    mixer_context contexts[2];
    for (int i = 0; i < 2; ++i) {
        if (mixer_context_init(&contexts[i], arenas[i], sizeof arenas[i]) != AOT_OK) {
            return 1;
        }
        fill(mixer_context_input0(&contexts[i]), MIXER_INPUT0_ELEMENTS, i);
        fill(mixer_context_input1(&contexts[i]), MIXER_INPUT1_ELEMENTS, 7 - i);
    }
    for (int i = 0; i < 2; ++i) { /* each with its own weights, which it computes in its own arena */
        fill(mixer_input0(), MIXER_INPUT0_ELEMENTS, i);
        fill(mixer_input1(), MIXER_INPUT1_ELEMENTS, 7 - i);
        mixer_invoke();
        if (mixer_context_invoke(&contexts[i]) != AOT_OK) {
            return 2;
        }
        if (memcmp(mixer_context_output0(&contexts[i]), mixer_output0(), MIXER_OUTPUT0_BYTES) != 0) {
            return 3;
        }
    }
    return memcmp(mixer_context_output0(&contexts[0]), mixer_context_output0(&contexts[1]), MIXER_OUTPUT0_BYTES) == 0
               ? 4
               : 0;
}
