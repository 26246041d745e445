"""Structured logs without addresses and without content.

A traceback is told as places in the code only: an exception's message or a local variable could hold what
somebody wrote.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, Literal, TypeAlias

import structlog

LogFormat: TypeAlias = Literal["console", "json"]
PLACES_MAX = 12

_NOISY = ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "litestar", "picows")


def set_up_logging(log_format: LogFormat) -> None:
    """Send every log line of this process to standard error in one form."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        tell_places,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[drop_message_of_libraries, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)


def tell_places(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace exception information by the places it passed and the type of the error."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    if isinstance(raised, tuple):
        raised = raised[1]
    if isinstance(raised, BaseException):
        event["error"] = type(raised).__name__
        event["places"] = places_of(raised.__traceback__)
    return event


def places_of(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-PLACES_MAX:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def drop_message_of_libraries(
    logger: logging.Logger | None, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A library may put an address or a value into its message: keep who spoke and where, not what was said."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord) and not record.name.startswith("hongyan"):
        event["event"] = "library"
        event["logger"] = record.name
        event["place"] = f"{_short(record.pathname)}:{record.lineno}"
        event["exc_info"] = record.exc_info
    return event


def _short(path: str) -> str:
    return "/".join(path.rsplit("/", 3)[-3:])
