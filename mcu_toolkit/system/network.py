"""The network is used by few steps, and never without a message: it is printed here, and refused here with `--offline`."""

from __future__ import annotations

import os
from collections.abc import Callable

OFFLINE_VARIABLE = "MCU_OFFLINE"
_DEAD_PROXY = "http://127.0.0.1:9"
"""The port of `discard`, where nobody listens: programs that know proxies fail at once, and look no name up."""
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_listeners: list[Callable[[str], None]] = []
_said: set[str] = set()


def is_offline() -> bool:
    """True where the user wants no network to be used: `--offline`, or $MCU_OFFLINE."""
    return os.environ.get(OFFLINE_VARIABLE, "") not in ("", "0")


def go_offline() -> None:
    """Use no network from here on, nor let the programs that we run."""
    os.environ[OFFLINE_VARIABLE] = "1"


def tell_uses_to(listener: Callable[[str], None]) -> None:
    """Report every use of the network to `listener`, before it begins."""
    _listeners[:] = [listener]


def about_to_use(what: str) -> None:
    """Tell the user, once, what the network is about to be used for."""
    if what not in _said:
        _said.add(what)
        for listener in _listeners:
            listener(f"network: {what}")


def environment() -> dict[str, str]:
    """What to add to the environment of a program that could use the network: nothing, or where it is not to, a proxy that is dead."""
    return {**dict.fromkeys(_PROXY_VARIABLES, _DEAD_PROXY), "no_proxy": "", "NO_PROXY": ""} if is_offline() else {}


def why_not(who: str = "") -> str:
    """`PlatformIO's registry does not answer`, or why it was not even asked."""
    return f"{who} {'is not asked (--offline)' if is_offline() else 'does not answer'}".lstrip()
