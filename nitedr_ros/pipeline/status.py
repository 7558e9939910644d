"""The state of one part of the system, as ROS diagnostics tell it."""

from __future__ import annotations

from dataclasses import dataclass, field

OK = 0
WARN = 1
ERROR = 2
STALE = 3


@dataclass(frozen=True)
class Status:
    """One status; fields and levels are those of diagnostic_msgs/DiagnosticStatus.

    level: OK, WARN, ERROR or STALE.
    name: the part it is about.
    message: one line for people.
    hardware_id: the device, empty where there is none.
    values: figures by name, each as text.
    """

    level: int
    name: str
    message: str
    hardware_id: str = ''
    values: dict[str, str] = field(default_factory=dict)
