"""Whatever goes wrong in a request becomes a problem document in the reader's language [HT1]."""

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from hongyan.foundation.db import StorageFull, StorageUnavailable
from hongyan.foundation.deadline import Expired
from hongyan.foundation.http.access import HttpRequest
from hongyan.foundation.language import Language, language_of_header
from hongyan.foundation.metrics import UNHANDLED_ERRORS
from hongyan.foundation.problems import Catalogue, Problem

STORAGE_RETRY_S = 5
EXPIRED_RETRY_S = 1

_log = structlog.get_logger("http")
_CODES = {
    400: "malformed",
    401: "unauthorised",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
}


def problem_response(catalogue: Catalogue, problem: Problem, language: Language) -> tuple[dict[str, str], bytes]:
    """The headers, without the content type, and the body of a problem document."""
    headers = {"content-language": language.value, "vary": "accept-language", "cache-control": "no-store"}
    if problem.retry_after_s is not None:
        headers["retry-after"] = str(problem.retry_after_s)
    if problem.status == 401:
        headers["www-authenticate"] = "Bearer"
    headers |= problem.headers
    return headers, msgspec.json.encode(catalogue.render(problem, language))


class Errors:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def respond(self, request: HttpRequest, error: Exception) -> Response[bytes]:
        problem = self._problem(request, error)
        language = language_of_header(request.headers.get("accept-language", ""))
        headers, body = problem_response(self._catalogue, problem, language)
        if isinstance(error, HTTPException) and error.status_code == 405 and error.headers:
            headers |= {name: value for name, value in error.headers.items() if name.lower() == "allow"}
        return Response(
            body,
            status_code=problem.status,
            headers=headers,
            media_type="application/problem+json",
        )

    def _problem(self, request: HttpRequest, error: Exception) -> Problem:
        if isinstance(error, Problem):
            return error
        if isinstance(error, StorageFull):
            return Problem("storage_full", status=503, retry_after_s=STORAGE_RETRY_S)
        if isinstance(error, StorageUnavailable):
            return Problem("storage_unavailable", status=503, retry_after_s=STORAGE_RETRY_S)
        if isinstance(error, Expired):
            return Problem("busy", status=503, retry_after_s=EXPIRED_RETRY_S)
        if isinstance(error, HTTPException) and error.status_code < 500:
            return Problem(_CODES.get(error.status_code, "refused"), status=error.status_code)
        if isinstance(error, OverflowError):  # A number in the request beyond 64 bits.
            return Problem("malformed", status=400)
        UNHANDLED_ERRORS.inc()
        # The traceback names code, never values: no content can be in it.
        _log.error("unhandled", route=request.scope.get("path_template"), error=type(error).__name__, exc_info=error)
        return Problem("internal", status=500)
