/* DEPTHWISE_CONV_2D, int8, for cores with Helium (MVE): any kernel of up to 256 taps, stride, dilation and multiplier.
 *
 * Layouts: input and output [batch][y][x][channel], weights [output channel][row][column]; rows and columns may be
 * exchanged (the compiler of the model works along the longer side of narrow images).
 *
 * Arithmetic.  VMLADAV multiplies and adds 16 pairs of bytes into one register, so what it is given must be one channel
 * of 16 pixels.  VST4 interleaves 4 rows of 16 channels: each 32-bit word is 4 pixels of one column of one channel.  A
 * gathering load takes 4 such words, which are 4 columns: 4x4 pixels of a channel, multiplied with a vector of weights
 * that has zeros where the kernel has no tap.  Rows and columns outside the image are woven from the input's zero
 * point; the biases account for it.
 *
 * Squares (aot_mve_depthwise_squares).  For kernels of up to 3x3 with stride 1 one gathered vector serves 2x2 outputs,
 * by weights shifted by a column (4 bytes), a row (1 byte) and both: 1 load + 4 VMLADAV + 2 VMOV + 8 to round and store
 * for 4 outputs.  A band of 4 rows makes 2 rows of outputs; the next one gets its first 2 rows by VLD4 from the band
 * before, never from the input, so the output may take the place of the input.
 *
 * Rows (aot_mve_depthwise_rows).  Everything else, one row of outputs at a time, 4 outputs together: each takes a load
 * and a VMLADAVA for every 4x4 taps.
 *
 * Several bands are woven before they are multiplied, so that a channel's weights are prepared once for all of them.
 * Where vectors come from and go to is the same for all channels of a slice: a list of stops, made once.
 *
 * Channels are done in slices of 16; images of up to 16 channels are woven across pixels. */
#ifndef AOT_MVE_DEPTHWISE_CONV_2D_H
#define AOT_MVE_DEPTHWISE_CONV_2D_H

#include "depthwise_rows.h"
#include "depthwise_squares.h"

#endif
