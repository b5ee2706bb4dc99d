/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The tensor observer: what every layer of an inference produced, as CRC-32, and the bytes of one tensor of choice.
 *
 * Compiled out unless INFERENCE_OBSERVER is 1.  RAM: 16 bytes for each of OBSERVER_RECORDS tensors, and
 * OBSERVER_CAPTURE_BYTES for the bytes of a part of one of them (firmware_config.h).
 */
#ifndef MCU_LAYERS_H
#define MCU_LAYERS_H

#include <stdint.h>

#include "inference.h"

#if INFERENCE_OBSERVER

/* Before an inference: forgets the last one's records and notes the inputs. */
void layers_begin(uint32_t model);

/* A new session captures nothing. */
void layers_forget(void);

#endif
#endif
