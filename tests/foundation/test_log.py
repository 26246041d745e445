"""Logs hold no address, no content, and no value of a variable."""

import io
import json
import logging
import sys

import pytest
import structlog

from hongyan.foundation.log import set_up_logging

SECRET = "她写的话"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    structlog.reset_defaults()
    set_up_logging("json")
    return stream


def logged(stream: io.StringIO) -> dict[str, object]:
    found: dict[str, object] = json.loads(stream.getvalue().splitlines()[-1])
    return found


def test_a_traceback_tells_places_and_not_what_was_said(lines: io.StringIO) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        structlog.get_logger("x").error("failed", exc_info=True)
    line = logged(lines)
    assert (line["event"], line["error"], line["level"]) == ("failed", "ValueError", "error")
    assert any("test_log.py" in place for place in line["places"])  # type: ignore[attr-defined]
    assert SECRET not in lines.getvalue()


def test_what_a_library_says_is_not_repeated(lines: io.StringIO) -> None:
    try:
        raise OSError(SECRET)
    except OSError:
        logging.getLogger("some.library").error("peer %s said %s", "203.0.113.77", SECRET, exc_info=True)
    line = logged(lines)
    assert (line["event"], line["logger"], line["error"]) == ("library", "some.library", "OSError")
    assert "203.0.113.77" not in lines.getvalue() and SECRET not in lines.getvalue()


def test_libraries_are_quiet_about_ordinary_things(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info("203.0.113.77 GET /")
    logging.getLogger("picows.server").info("New connection accepted: 203.0.113.77")
    assert lines.getvalue() == ""
