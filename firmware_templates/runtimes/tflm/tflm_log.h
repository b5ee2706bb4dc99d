/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the library has to say, as text on the serial port between the frames of the protocol. */
#ifndef TFLM_LOG_H
#define TFLM_LOG_H

void tflm_log_forget(void);

/* True if the library complained of too little memory since tflm_log_forget(): it returns no reason for a failure. */
bool tflm_log_tells_of_shortage(void);

#endif
