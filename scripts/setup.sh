#!/bin/sh
# Makes .venv with `mcu` in it and sees to the system's packages.  Safe to run again: does nothing when all is there.
#
#   scripts/setup.sh            the toolkit and what the demo needs
#   scripts/setup.sh --dev      also what only the tests need
#
# Exit codes: 0 ready; 3 something is missing that only the user can install (the exact command is printed).
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "setup: $*"; }
fail() { printf '%s\n' "setup: $*" >&2; exit 3; }

# program:package pairs: the program proves that the package is there.
TOOLS="gcc:gcc arm-none-eabi-gcc:gcc-arm-none-eabi qemu-system-arm:qemu-system-arm"
DEV_TOOLS="g++:g++ qemu-system-riscv32:qemu-system-misc riscv64-unknown-elf-gcc:gcc-riscv64-unknown-elf avr-gcc:gcc-avr simavr:simavr cmake:cmake"
# Generated code is compiled with Clang too, linked with LLD, and read by two checkers of C.
DEV_TOOLS="$DEV_TOOLS clang:clang ld.lld:lld llvm-ar:llvm clang-tidy:clang-tidy cppcheck:cppcheck"
# Report pages are opened in a real browser.
DEV_TOOLS="$DEV_TOOLS chromium:chromium"
# Only the Raspberry Pi Pico's emulator and charts in report pages need these: where they cannot be installed, set-up goes on.
OPTIONAL_TOOLS="node:nodejs npm:npm"
with_dev=no
if [ "${1:-}" = "--dev" ]; then TOOLS="$TOOLS $DEV_TOOLS" with_dev=yes; fi

# Python: at least 3.10, below 3.14 (TensorFlow has no wheel for 3.14 yet).
find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.10; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

missing_of() {
    missing=""
    for pair in $1; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
    done
    printf '%s' "${missing# }"
}

missing_packages() {
    missing=$(missing_of "$TOOLS")
    # A C library that comes with the compiler elsewhere (an Arm release archive) counts too.
    if ! printf '#include <stdio.h>\n' | gcc -E -x c - >/dev/null 2>&1; then missing="$missing libc6-dev"; fi
    if ! printf '#include <string.h>\n' | arm-none-eabi-gcc --specs=nano.specs -E -x c - >/dev/null 2>&1; then
        missing="$missing libnewlib-arm-none-eabi"
    fi
    # Only firmware of the tflm runtime needs it.
    if ! [ -f "$(arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -print-file-name=libstdc++.a 2>/dev/null)" ]; then
        missing="$missing libstdc++-arm-none-eabi-newlib"
    fi
    if [ "$with_dev" = yes ] && ! printf '#include <string.h>\n' | riscv64-unknown-elf-gcc --specs=picolibc.specs -E -x c - >/dev/null 2>&1; then
        missing="$missing picolibc-riscv64-unknown-elf"
    fi
    if [ "$with_dev" = yes ] && ! printf '#include <avr/io.h>\n' | avr-gcc -mmcu=atmega1284p -E -x c - >/dev/null 2>&1; then
        missing="$missing avr-libc"
    fi
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    printf '%s' "${missing# }"
}

install_packages() {
    command="apt-get install -y --no-install-recommends $1"
    if ! command -v apt-get >/dev/null 2>&1; then
        fail "these are missing: $1 (names of Debian packages). Install them with your system's package manager, then run this again."
    fi
    if [ "$(id -u)" = 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo"; else
        fail "these system packages are missing: $1
  expected: root or password-less sudo to install them
  try: sudo apt-get update && sudo $command"
    fi
    say "installing the system packages: $1"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    $as_root apt-get update -qq && $as_root $command -qq >/dev/null || fail "apt could not install them. try: $as_root apt-get update && $as_root $command"
}

python=$(find_python) || fail "no Python from 3.10 to 3.13 found. try: apt-get install python3 python3-venv, or set PYTHON=/path/to/python"
missing=$(missing_packages)
[ -z "$missing" ] || install_packages "$missing"
[ -n "${MCU_OFFLINE:-}" ] && optional="" || optional=$(missing_of "$OPTIONAL_TOOLS")
[ -z "$optional" ] || (install_packages "$optional") || say "going on without $optional"

# The stamp is the hash of what the environment was made from: another lock file, another environment.
wanted=$(cat requirements/dev.lock pyproject.toml packaging/core/pyproject.toml packaging/core/hatch_build.py | sha256sum | cut -d' ' -f1)
if [ ! -x .venv/bin/mcu ] || [ "$(cat .venv/stamp 2>/dev/null || true)" != "$wanted" ]; then
    say "making .venv with $("$python" --version) (about 2.6 GB, a minute or two on a good line)"
    [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null || { rm -rf .venv; "$python" -m venv .venv; }
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    .venv/bin/python -m pip install --quiet --require-hashes -r requirements/dev.lock
    # In this order: an mcu-toolkit of before there were two distributions takes the program `mcu` along when it is replaced.
    .venv/bin/python -m pip install --quiet --no-build-isolation --no-deps -e .
    .venv/bin/python -m pip install --quiet --no-build-isolation --no-deps -e packaging/core
    printf '%s\n' "$wanted" > .venv/stamp
    say "ready: .venv/bin/mcu --help"
fi

# Emulators that npm has; without them their boards cannot be emulated, which is no reason to stop.
.venv/bin/python scripts/fetch_emulators.py || say "the board pico-bare cannot be emulated yet; mcu deploy --board pico-bare tries again"

# Libraries of report pages; without them pages have tables and static pictures, which is no reason to stop.
.venv/bin/python scripts/fetch_page_libraries.py || say "report pages will be static"
