/* What the kernels for cores with Helium (MVE, Cortex-M55 and M85) share. */
#ifndef AOT_MVE_INSTRUCTIONS_H
#define AOT_MVE_INSTRUCTIONS_H

#include "../aot.h"

#include <arm_mve.h>

/* Channels whose sums are kept between products and rescaling; AOT_MVE_BLOCK of runtimes/aot/mve/matrix.py. */
#define AOT_MVE_BLOCK 64
/* Words of constants for 8 channels with factors of their own. */
#define AOT_MVE_GROUP_WORDS 18

#endif
