"""What goes wrong at the door, as RFC 7807 problem documents. Keys, titles and status codes are stable."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from zaizao.engine import CommandRejected, LeaseLost, StoreUnavailable
from zaizao.problems import Language, ZaizaoError
from zaizao.server.door.passing import NOT_LED

# Rejection codes of the engine and the HTTP status that says the same.
_STATUS = {
    "not-found": (404, "NOT_FOUND"),
    "invalid": (400, "INVALID_ARGUMENT"),
    "invalid-state": (409, "INVALID_STATE"),
    "already-exists": (409, "ALREADY_EXISTS"),
}
_TITLES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "INVALID_STATE",
    413: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_BROKEN_RULE = (409, "INVALID_STATE")


def document(status: int, title: str, detail: str, instance: str) -> JSONResponse:
    """One problem document."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": instance}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def register(app: FastAPI) -> None:
    """Let ``app`` answer every fault with a problem document."""

    @app.exception_handler(CommandRejected)
    async def _rejected(request: Request, fault: CommandRejected) -> JSONResponse:
        status, title = _STATUS.get(fault.code, _BROKEN_RULE)
        return document(status, title, str(fault), request.url.path)

    @app.exception_handler(StoreUnavailable)
    async def _unavailable(request: Request, fault: StoreUnavailable) -> JSONResponse:
        answer = document(503, "UNAVAILABLE", str(fault), request.url.path)
        answer.headers["Retry-After"] = "1"
        if isinstance(fault, LeaseLost):
            answer.headers[NOT_LED] = "1"
        return answer

    @app.exception_handler(ZaizaoError)
    async def _refused(request: Request, fault: ZaizaoError) -> JSONResponse:
        detail = "\n".join(problem.say(Language.EN) for problem in fault.problems)
        return document(400, "INVALID_ARGUMENT", detail, request.url.path)

    @app.exception_handler(RequestValidationError)
    async def _malformed(request: Request, fault: RequestValidationError) -> JSONResponse:
        places = "; ".join(f"{'.'.join(str(p) for p in one['loc'])}: {one['msg']}" for one in fault.errors())
        return document(400, "INVALID_ARGUMENT", places, request.url.path)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, fault: HTTPException) -> JSONResponse:

        title = _TITLES.get(fault.status_code, "ERROR")
        answer = document(fault.status_code, title, str(fault.detail), request.url.path)
        answer.headers.update(fault.headers or {})
        return answer
