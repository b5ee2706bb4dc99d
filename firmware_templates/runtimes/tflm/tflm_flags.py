"""Flags for C++ only, which platformio.ini cannot name: the library uses neither exceptions nor run-time types, and what they
bring along (unwinder, heap, printf) would not even link on a board without an operating system."""

Import("env")  # noqa: F821  (SCons' own)

env.Append(CXXFLAGS=["-std=gnu++17", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-fno-use-cxa-atexit"])  # noqa: F821
