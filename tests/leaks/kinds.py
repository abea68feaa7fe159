"""Each way in which Ayrshare can fail: all faults of the sandbox, and how a careless server repeats keys."""

from typing import Any

from scheduler.sandbox.faults import FaultName

SHORT_S = 0.2

_OPTIONS: dict[FaultName, dict[str, Any]] = {
    FaultName.HANG: {"seconds": SHORT_S},
    FaultName.SLOW: {"seconds": SHORT_S},
}
_MORE: dict[str, dict[str, Any]] = {
    "hang-accepted": {"fault": "hang", "seconds": SHORT_S, "accepted": True},
    "never-answers": {"fault": "hang", "seconds": 600},
    "error-500": {"fault": "error_before", "status": 500},
    "error-html": {"fault": "error_before", "html": True},
    "refuse-flat": {"fault": "refuse", "flat": True, "status": 418},
    "echo-success": {"fault": "echo", "status": 200},
    "echo-html": {"fault": "echo", "html": True},
    "echo-500": {"fault": "echo", "status": 500},
    "echo-502-html": {"fault": "echo", "status": 502, "html": True},
    "echo-rate": {"fault": "echo", "status": 429, "code": 429},
    "echo-relink": {"fault": "echo", "code": 272},
    "echo-duplicate": {"fault": "echo", "code": 137},
}
KINDS: dict[str, dict[str, Any]] = {
    **{
        fault.value.replace("_", "-"): {"fault": fault.value, **_OPTIONS.get(fault, {})}
        for fault in FaultName
    },
    **_MORE,
}
"""Options of a fault, by a name that is also fit for a customer."""
