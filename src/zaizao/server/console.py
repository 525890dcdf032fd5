"""The console's files and the API behind it, added to the door's application.

Rule kept: files with a fingerprint in their name are cached for ever, the page itself never; nothing is loaded from
elsewhere (the content policy forbids it); any path that is no file is the page, so that deep links work. API paths that
do not exist stay 404.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse
from starlette.responses import Response

from zaizao.server.access import Permission, anyone, requires
from zaizao.server.api import initiatives, library, logs, maps, models, overview
from zaizao.server.workspaces import Workspace

STATIC = Path(__file__).parent / "static"
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # Ant Design and bpmn-js write styles at run time
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'self' blob:",
        "frame-ancestors 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "object-src 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_FOREVER = "public, max-age=31536000, immutable"
_ABSENT = """<!doctype html><meta charset="utf-8"><title>再造 Zaizao</title>
<p>控制台尚未构建：请运行 <code>make console</code>。API 可正常使用。</p>
<p>The console has not been built: run <code>make console</code>. The API works.</p>"""
_ROUTERS = (overview, logs, maps, initiatives, library, models)

for _suffix, _type in {".js": "text/javascript", ".wasm": "application/wasm", ".svg": "image/svg+xml"}.items():
    mimetypes.add_type(_type, _suffix)


def furnish(app: FastAPI, files: Path, static: Path = STATIC) -> Workspace:
    """Add the console's API and pages to ``app``, over the workspace in the folder ``files``; stop it at the end.

    Call it last, for it answers every path that nothing else does.
    """
    workspace = Workspace(files)
    app.state.workspace = workspace
    for module in _ROUTERS:
        app.include_router(module.router, prefix="/api", dependencies=[requires(Permission.SEE)])
    _add_files(app, static.resolve())
    return workspace


def _add_files(app: FastAPI, static: Path) -> None:
    page = static / "index.html"

    @app.get("/{path:path}", include_in_schema=False, dependencies=[anyone()])
    def serve_file(request: Request, path: str) -> Response:
        gzip = "gzip" in request.headers.get("accept-encoding", "")
        if path.split("/", 1)[0] in ("api", "v2", "health", "metrics"):
            raise HTTPException(404, f"no such path: /{path}")
        wanted = (static / path).resolve() if path else page
        if wanted != page and wanted.is_relative_to(static) and wanted.is_file():
            fingerprinted = path.startswith("assets/")
            return _packed(wanted, {**_HEADERS, "Cache-Control": _FOREVER if fingerprinted else "no-cache"}, gzip=gzip)
        if not page.is_file():
            return HTMLResponse(_ABSENT, headers=_HEADERS)
        if path.startswith("assets/"):
            raise HTTPException(404, f"no such file: /{path}")
        return FileResponse(page, headers={**_HEADERS, "Cache-Control": "no-cache"})


def _packed(path: Path, headers: dict[str, str], *, gzip: bool) -> Response:
    """The file, or its packed twin from the build where the reader takes that."""
    twin = path.with_name(f"{path.name}.gz")
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if gzip and twin.is_file():
        return FileResponse(
            twin, media_type=kind, headers={**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        )
    return FileResponse(path, media_type=kind, headers=headers)
