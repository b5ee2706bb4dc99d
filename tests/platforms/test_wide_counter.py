"""Two 32-bit counters make one of 64 bits: wide_counter.h against the true count, compiled for this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

from mcu_toolkit.system.resources import templates_dir

PROGRAM = r"""
#include <stdio.h>
#include "wide_counter.h"

/* The fast counter reads `now`, which wraps; the slow one started `lead` counts earlier or later. */
static int check(uint64_t now, int64_t lead, unsigned shift) {
    const uint32_t slow = (uint32_t)((now + (uint64_t)lead) >> shift);
    const uint64_t found = wide_counter(slow, shift, (uint32_t)now);
    if (found != now) {
        printf("at %llu, lead %lld: %llu\n", (unsigned long long)now, (long long)lead, (unsigned long long)found);
    }
    return found != now;
}

int main(void) {
    static const int64_t leads[] = {0, 1, 40, 100000, 1000000000, -1, -40, -100000};
    int wrong = 0, done = 0;
    for (uint64_t base = 1ull << 24; base < 1ull << 47; base += base / 3u) {
        for (unsigned i = 0; i < sizeof leads / sizeof leads[0]; i++) {
            for (int64_t near = -3; near <= 3; near++) {
                const uint64_t turn = (base & ~0xFFFFFFFFull) + (uint64_t)near + (1ull << 32);
                wrong += check(base + (uint64_t)near, leads[i], 16) + check(turn, leads[i], 16);
                done += 2;
            }
        }
    }
    printf("%d\n", done);
    return wrong != 0;
}
"""


def test_the_count_is_right_around_every_wrap_whoever_started_first(tmp_path: Path) -> None:
    source, program = tmp_path / "main.c", tmp_path / "main"
    source.write_text(PROGRAM)
    include = templates_dir() / "platforms/baremetal/src"
    subprocess.run(["gcc", "-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{include}", source, "-o", program], check=True)
    run = subprocess.run([program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert int(run.stdout) > 3000
