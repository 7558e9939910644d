"""Answers to what the page asks, and refusals of all that others ask."""

from __future__ import annotations

import hmac
import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast

from nitedr_ros.align.session import figures
from nitedr_ros.errors import NitedrError

if TYPE_CHECKING:
    from nitedr_ros.align.server import PageServer

LARGEST_BODY = 256 * 1024
"""Bytes; a thousand pairs take about 80 kB."""
_HOSTS = frozenset({'127.0.0.1', 'localhost'})


class PageHandler(BaseHTTPRequestHandler):
    """Knows the page, its two images and three commands: fit, save and done.

    Another web page can't reach it: names that were made to point at this machine are refused by
    the Host header (DNS rebinding), other origins by theirs, and nobody knows the token.
    """

    timeout = 20
    server_version = 'nitedr'
    sys_version = ''

    def do_GET(self) -> None:
        """Send the page or one of its images."""
        name = self._name()
        if name is None:
            return
        content = self._page_server.contents.get(name)
        if content is None:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        self._send(HTTPStatus.OK, *content)

    def do_POST(self) -> None:
        """Do what the page asks for: `fit` and `save` take {"pairs": [...]}, `done` nothing."""
        name = self._name()
        if name is None:
            return
        if name not in {'fit', 'save', 'done'}:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        body = self._body()
        if body is None:
            return
        session = self._page_server.session
        if name == 'done':
            self._answer(HTTPStatus.OK, {})
            session.done.set()
            return
        try:
            alignment = (session.fit if name == 'fit' else session.save)(body.get('pairs'))
        except NitedrError as error:
            self._answer(HTTPStatus.UNPROCESSABLE_ENTITY, {'problem': str(error)})
            return
        self._answer(HTTPStatus.OK, figures(alignment))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep requests off the terminal."""

    @property
    def _page_server(self) -> PageServer:
        return cast('PageServer', self.server)

    def _name(self) -> str | None:
        """Return what is asked for below the token; None where the request was refused."""
        hosts = self.headers.get_all('Host', [])
        host = hosts[0] if len(hosts) == 1 else ''
        # Any port: a forwarded one (ssh -L) may differ from ours.
        if host.rpartition(':')[0] not in _HOSTS and host not in _HOSTS:
            self._refuse(HTTPStatus.FORBIDDEN)
            return None
        if self.headers.get('Origin', f'http://{host}') != f'http://{host}':
            self._refuse(HTTPStatus.FORBIDDEN)
            return None
        _, token, *rest = self.path.split('/', 2) if self.path.startswith('/') else ('', '')
        if not hmac.compare_digest(token.encode(), self._page_server.token.encode()) or not rest:
            self._refuse(HTTPStatus.NOT_FOUND)
            return None
        return rest[0]

    def _body(self) -> dict[str, Any] | None:
        """Return the JSON object that was sent; None where the request was refused."""
        # A form of another page can't send this type without being asked about it first (CORS).
        if self.headers.get_content_type() != 'application/json':
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            return None
        length = self.headers.get('Content-Length', '')
        if not (length.isascii() and length.isdigit()):
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
            return None
        if len(length) > len(str(LARGEST_BODY)) or int(length) > LARGEST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return None
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            self._refuse(HTTPStatus.BAD_REQUEST)
            return None
        return body

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._answer(status, {'problem': status.phrase})

    def _answer(self, status: HTTPStatus, content: dict[str, Any]) -> None:
        self._send(status, 'application/json', json.dumps(content).encode())

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(content)))
        self.send_header('Cache-Control', 'no-store')
        self.send_header('Content-Security-Policy', self._page_server.policy)
        self.send_header('Cross-Origin-Resource-Policy', 'same-origin')
        self.send_header('Referrer-Policy', 'no-referrer')
        self.send_header('X-Content-Type-Options', 'nosniff')
        self.end_headers()
        self.wfile.write(content)
