"""What all requests share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from mcu_toolkit.protocol.ids import RequestType
from mcu_toolkit.protocol.layout import Message

R = TypeVar("R", bound=Message)


class Request(Message, Generic[R]):
    """A payload the host sends, with its id and the class of its reply."""

    type_id: ClassVar[RequestType]
    reply_class: type[R]


@dataclass(frozen=True)
class Empty(Message):
    """The reply that only says: done."""
