"""Runs a program that can write to one folder only and has no network.  Run as a script; imports nothing of the toolkit.

    sandbox_launcher.py METHOD FOLDER PROGRAM ARGUMENT...

METHOD  landlock   a Landlock ruleset (landlock(7)) of ABI 2 or later
        namespace  a user namespace (user_namespaces(7)) in which every mount but FOLDER is read-only
FOLDER  may be written to; empty: nothing may

With either, a seccomp filter (seccomp(2)) takes away sockets, and ptrace and its kin, which reach into other processes.  What
is taken away stays so in everything the program starts.  Exit code 97, with the reason on stderr, where it cannot be done.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from pathlib import Path
from typing import Any

FAILED = 97
LANDLOCK_ABI_MIN = 2
"""ABI 1 forbids every renaming from one folder to another, which TensorFlow does."""
_TRUNCATE_ABI = 3
_libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None

# asm/unistd.h: the numbers are the same everywhere from 424 on; older ones are x86_64's own, and one table for newer machines.
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_MOUNT_SETATTR = 442
_IO_URING_SETUP = 425
_CALLS = {  # socket, ptrace, process_vm_writev, truncate, capset
    "x86_64": (0xC000003E, (41, 101, 311), 76, 126),
    "aarch64": (0xC00000B7, (198, 117, 271), 45, 91),
    "riscv64": (0xC00000F3, (198, 117, 271), 45, 91),
}
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_CAP_AMBIENT = 38, 22, 24, 47
_SECCOMP_MODE_FILTER, _PR_CAP_AMBIENT_CLEAR_ALL = 2, 4
_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_AT_FDCWD, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY = -100, 0x8000, 1
_O_PATH = 0o10000000
# linux/landlock.h: LANDLOCK_ACCESS_FS_*.  Reading and executing are not among what is handled.
_FS_WRITE_FILE, _FS_REFER, _FS_TRUNCATE, _FS_IOCTL_DEV = 1 << 1, 1 << 13, 1 << 14, 1 << 15
_FS_CHANGES = sum(1 << bit for bit in (4, 5, 6, 7, 8, 9, 10, 11, 12))  # remove and make whatever there is
_NET = 0b11  # bind and connect, TCP
_SCOPES = 0b11  # abstract Unix sockets, signals
_DEVICES = ("/dev/null", "/dev/full")
"""Programs write to these as a matter of course."""


class Unavailable(Exception):  # noqa: N818 - not an error shown to users: the parent says what it means
    """This machine has no such protection."""


def main(words: list[str]) -> None:
    """Restrict this process and become the program."""
    method, folder, *command = words
    try:
        {"landlock": restrict_by_landlock, "namespace": restrict_by_namespace}[method](folder)
        os.execvp(command[0], command)
    except (Unavailable, OSError) as error:
        print(f"sandbox: {method}: {error}", file=sys.stderr)
        sys.exit(FAILED)


def landlock_abi() -> int:
    """The version of Landlock here; 0 where there is none."""
    if sys.platform != "linux" or platform.machine() not in _CALLS:
        return 0
    return max(0, int(_libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), 1)))


def restrict_by_landlock(folder: str) -> None:
    """Forbid this process, for good, to write outside of `folder`, and the network."""
    abi = landlock_abi()
    if abi < LANDLOCK_ABI_MIN:
        raise Unavailable(f"ABI {abi}")
    on_files = _FS_WRITE_FILE | (_FS_TRUNCATE if abi >= _TRUNCATE_ABI else 0) | (_FS_IOCTL_DEV if abi >= 5 else 0)
    handled = on_files | _FS_CHANGES | _FS_REFER
    attributes = struct.pack("=QQQ", handled, _NET if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    ruleset = _call(_LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(8 if abi < 4 else 16 if abi < 6 else 24), 0)
    for path, allowed in ((folder, handled), *((device, on_files) for device in _DEVICES)):
        if path and Path(path).exists():
            handle = os.open(path, _O_PATH | os.O_CLOEXEC)
            _call(_LANDLOCK_ADD_RULE, ruleset, 1, struct.pack("=Qi", allowed, handle), 0)
            os.close(handle)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _call(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    _filter_calls(forbid_truncate=abi < _TRUNCATE_ABI)


def restrict_by_namespace(folder: str) -> None:
    """The same by namespaces of this process's own: read-only mounts, no network device, and no right to change either."""
    if sys.platform != "linux" or platform.machine() not in _CALLS:
        raise Unavailable("not Linux on a known processor")
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS | _CLONE_NEWNET))
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path(f"/proc/self/{name}").write_text(text, encoding="ascii")
    _check(_libc.mount(None, b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None))
    if folder:
        _check(_libc.mount(os.fsencode(folder), os.fsencode(folder), None, ctypes.c_ulong(_MS_BIND), None))
    _set_mount(b"/", struct.pack("=QQQQ", _MOUNT_ATTR_RDONLY, 0, 0, 0))
    if folder:
        _set_mount(os.fsencode(folder), struct.pack("=QQQQ", 0, _MOUNT_ATTR_RDONLY, 0, 0))
    os.chdir(Path.cwd())  # the folder that was opened before is still on the mounts of before
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _drop_capabilities()
    _filter_calls(forbid_truncate=False)


def _set_mount(path: bytes, attributes: bytes) -> None:
    _call(_MOUNT_SETATTR, _AT_FDCWD, path, _AT_RECURSIVE, attributes, ctypes.c_size_t(len(attributes)))


def _drop_capabilities() -> None:
    """Else the process could make its mounts writable again."""
    for number in range(64):
        _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(number), 0, 0, 0)  # fails for those that do not exist
    _libc.prctl(_PR_CAP_AMBIENT, ctypes.c_ulong(_PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0)
    _call(_CALLS[platform.machine()][3], struct.pack("=Ii", 0x20080522, 0), bytes(24))


def _filter_calls(*, forbid_truncate: bool) -> None:
    """A seccomp filter: sockets and reaching into other processes give EPERM, calls of another machine end the process."""
    machine, forbidden, truncate, _ = _CALLS[platform.machine()]
    numbers = [*forbidden, _IO_URING_SETUP, *([truncate] if forbid_truncate else [])]
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    deny, allow, kill = 0x00050000 | errno.EPERM, 0x7FFF0000, 0x80000000
    program = [(load, 0, 0, 4), (equal, 1, 0, machine), (give, 0, 0, kill), (load, 0, 0, 0)]
    # On x86_64 the same calls have second numbers (x32), from 2**30 on.
    tests = [(at_least, 0x40000000), *((equal, number) for number in numbers)]
    program += [(kind, len(tests) - index, 0, value) for index, (kind, value) in enumerate(tests)]
    program += [(give, 0, 0, allow), (give, 0, 0, deny)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *instruction) for instruction in program))
    description = struct.pack("@HP", len(program), ctypes.addressof(code))
    _check(_libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), description, 0, 0))


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)))


def _call(number: int, *arguments: object) -> int:
    return _check(int(_libc.syscall(ctypes.c_long(number), *arguments)))


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


if __name__ == "__main__":
    main(sys.argv[1:])
