"""A bill of materials in CycloneDX 1.6 (JSON): records with the names of its schema, as far as firmware has them.

Source: CycloneDX Specification 1.6 (ECMA-424, first edition), the JSON schema bom-1.6.schema.json.  The fields are few and fixed,
so they are written here; a library for all of the format would be six packages in every installation.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, field, replace
from typing import Literal

from mcu_toolkit.system.records import OPTIONAL, named, to_plain

Kind = Literal["application", "file", "firmware", "library", "machine-learning-model"]
_PROPERTY = "mcu_toolkit:"
"""What names of our own properties begin with."""


@dataclass(frozen=True)
class Hash:
    """The hash of a file's bytes."""

    content: str
    """64 hexadecimal digits."""
    alg: str = "SHA-256"


@dataclass(frozen=True)
class Licence:
    """A licence as SPDX writes it: `Apache-2.0 WITH LLVM-exception`."""

    expression: str


@dataclass(frozen=True)
class Property:
    """A fact that CycloneDX has no field for."""

    name: str
    value: str

    @classmethod
    def of(cls, name: str, value: str) -> Property:
        """One of ours."""
        return cls(f"{_PROPERTY}{name}", value)


@dataclass(frozen=True)
class Component:
    """Something that the firmware is made of, or was made with."""

    type: Kind
    ref: str = field(metadata=named("bom-ref"))
    """Its name within the document."""
    name: str
    version: str | None = field(default=None, metadata=OPTIONAL)
    description: str | None = field(default=None, metadata=OPTIONAL)
    hashes: tuple[Hash, ...] = ()
    licences: tuple[Licence, ...] = field(default=(), metadata=named("licenses"))
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True)
class _Tools:
    components: tuple[Component, ...]


@dataclass(frozen=True)
class _Phase:
    phase: str


@dataclass(frozen=True)
class _Metadata:
    timestamp: str
    tools: _Tools
    component: Component
    lifecycles: tuple[_Phase, ...] = (_Phase("build"),)


@dataclass(frozen=True)
class _Dependency:
    ref: str
    depends_on: tuple[str, ...] = field(metadata=named("dependsOn"))


@dataclass(frozen=True)
class _Document:
    metadata: _Metadata
    components: tuple[Component, ...]
    dependencies: tuple[_Dependency, ...]
    schema: str = field(default="http://cyclonedx.org/schema/bom-1.6.schema.json", metadata=named("$schema"))
    bom_format: str = field(default="CycloneDX", metadata=named("bomFormat"))
    spec_version: str = field(default="1.6", metadata=named("specVersion"))
    serial_number: str = field(default="", metadata=named("serialNumber"))
    version: int = 1


@dataclass(frozen=True)
class BillOfMaterials:
    """What a firmware is made of, and what made it."""

    subject: Component
    parts: tuple[Component, ...]
    """In the order of the document."""
    tools: tuple[Component, ...]

    def to_json(self, timestamp: str) -> str:
        """The document, indented, with a line end; `timestamp` as RFC 3339 writes it: `2026-11-30T12:00:00Z`.

        The serial number is a hash of all but the time: the same firmware has the same one.
        """
        depends = (_Dependency(self.subject.ref, tuple(part.ref for part in self.parts)),)
        document = _Document(_Metadata("", _Tools(self.tools), self.subject), self.parts, depends)
        digest = hashlib.sha256(json.dumps(to_plain(document), sort_keys=True, allow_nan=False).encode()).digest()
        dated = replace(
            document,
            metadata=replace(document.metadata, timestamp=timestamp),
            serial_number=uuid.UUID(bytes=digest[:16], version=5).urn,
        )
        return json.dumps(_without_empty(to_plain(dated)), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _without_empty(value: object) -> object:
    """`value` without the lists that have nothing in them, which readers take for a statement."""
    if isinstance(value, dict):
        return {key: _without_empty(item) for key, item in value.items() if item != []}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value
