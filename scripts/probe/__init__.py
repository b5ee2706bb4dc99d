"""Probing which operators, element types and forms the pinned interpreters accept; see scripts/probe_operators.py."""
