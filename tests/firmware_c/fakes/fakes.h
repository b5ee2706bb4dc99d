#ifndef FAKES_H
#define FAKES_H

#include <stdint.h>

/* What platform_ticks() says; the fake models advance it. */
extern uint64_t fake_ticks;

uint32_t fake_setting(const char *name, uint32_t otherwise);

/* Starts the program again, as a board does on reset. */
void fake_restart(uint32_t reason);

#endif
