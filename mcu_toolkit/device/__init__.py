"""Connected and emulated boards: ports, the client of the protocol, emulators."""

from typing import TYPE_CHECKING

from mcu_toolkit.lazy_names import lazy_names

if TYPE_CHECKING:
    from mcu_toolkit.device.checks import check_model, status_text
    from mcu_toolkit.device.client import Client
    from mcu_toolkit.device.emulator import Emulator, find_emulator, running_emulators
    from mcu_toolkit.device.faults import FirmwareFaultError, fault_error
    from mcu_toolkit.device.link import Link, SerialLink, open_port
    from mcu_toolkit.device.port_errors import refuse_no_port
    from mcu_toolkit.device.ports import PortFacts, serial_ports
    from mcu_toolkit.device.records import Counters, Inference, RequestError, SessionLostError, Timing

__all__ = [
    "Client",
    "Counters",
    "Emulator",
    "FirmwareFaultError",
    "Inference",
    "Link",
    "PortFacts",
    "RequestError",
    "SerialLink",
    "SessionLostError",
    "Timing",
    "check_model",
    "fault_error",
    "find_emulator",
    "open_port",
    "refuse_no_port",
    "running_emulators",
    "serial_ports",
    "status_text",
]

__getattr__ = lazy_names(__name__)
