"""The web server of the page: for this machine only, and for the holder of its address only."""

from __future__ import annotations

import secrets
import sys
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Any

import cv2

from nitedr_ros.align.handler import PageHandler
from nitedr_ros.align.page import render_page
from nitedr_ros.align.session import Session
from nitedr_ros.errors import OutputError

_LOOPBACK = '127.0.0.1'


class PageServer(ThreadingHTTPServer):
    """Serves one session's page on the loopback interface, under a path nobody can guess.

    port: 0 takes a free one. Opening raises OutputError where the port can't be had.
    """

    daemon_threads = True
    # A port that another program listens on must be refused, not shared.
    allow_reuse_address = sys.platform != 'win32'

    def __init__(self, session: Session, port: int = 0) -> None:
        """Open the port and prepare what the page shows."""
        self.session = session
        self.token = secrets.token_urlsafe(24)
        nonce = secrets.token_urlsafe(16)
        self.policy = (
            "default-src 'none'; img-src 'self'; connect-src 'self'; "
            f"style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        images = session.images
        self.contents = {
            '': ('text/html; charset=utf-8', render_page(session, nonce).encode()),
            'visible.png': ('image/png', _png(cv2.cvtColor(images.visible, cv2.COLOR_RGB2BGR))),
            'thermal.png': ('image/png', _png(images.thermal)),
        }
        try:
            super().__init__((_LOOPBACK, port), PageHandler)
        except OSError as error:
            raise OutputError(
                f'expected a free port, {port} can not be had ({error.strerror}): '
                'choose another one with --port'
            ) from None

    @property
    def url(self) -> str:
        """The page's address."""
        return f'http://{_LOOPBACK}:{self.server_address[1]}/{self.token}/'

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over browsers that hang up; anything else is a fault to be seen."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def serve(session: Session, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve the page until the session is done; on_ready is told its address.

    Raises OutputError where the port can't be had.
    """
    with PageServer(session, port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            on_ready(server.url)
            session.done.wait()
        finally:
            server.shutdown()
            thread.join()


def _png(image: Any) -> bytes:
    # The least compression: the bytes never leave this machine.
    encoded: bytes = cv2.imencode('.png', image, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
    return encoded
