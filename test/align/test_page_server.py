"""The server as a browser meets it, and as others do who should not get anything from it."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from nitedr_ros.align.calibration_file import CalibrationFile
from nitedr_ros.align.handler import LARGEST_BODY
from nitedr_ros.align.server import PageServer, serve
from nitedr_ros.align.session import Session
from nitedr_ros.config.load import load_config
from nitedr_ros.errors import OutputError

JSON = {'Content-Type': 'application/json'}


@pytest.fixture
def session(tmp_path, images) -> Session:
    target = CalibrationFile(tmp_path / 'calibration.yaml', force=False, with_points=True)
    return Session(images, target)


@pytest.fixture
def server(session: Session) -> Iterator[PageServer]:
    with PageServer(session) as opened:
        thread = threading.Thread(target=opened.serve_forever, args=(0.01,))
        thread.start()
        yield opened
        opened.shutdown()
        thread.join()


def ask(
    url: str, body: object = None, headers: dict[str, str] = JSON
) -> tuple[int, bytes, dict[str, str]]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers if data else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)


def raw(server: PageServer, method: str, path: str, headers: dict[str, str]) -> int:
    """Send exactly these headers and no body; return the status."""
    connection = http.client.HTTPConnection('127.0.0.1', server.server_address[1], timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_page_holds_all_it_needs(server: PageServer, images) -> None:
    status, content, headers = ask(server.url)
    page = content.decode()
    assert status == 200
    assert 'a drawn scene' in page
    # Nothing comes from elsewhere.
    assert set(re.findall(r'(?:src|href)="([^"]*)"', page)) == {'visible.png'}
    assert '//' not in re.sub(r'(?m)^\s*//.*$', '', page).replace('</', '')
    nonces = re.findall(r'nonce="([^"]+)"', page)
    assert len(nonces) == 2
    assert f"script-src 'nonce-{nonces[0]}'" in headers['Content-Security-Policy']
    assert "default-src 'none'" in headers['Content-Security-Policy']
    for name, image in (('visible', images.visible[..., ::-1]), ('thermal', images.thermal)):
        _, png, _ = ask(f'{server.url}{name}.png')
        decoded = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(decoded, image)


def test_text_from_outside_stays_text(session: Session) -> None:
    from dataclasses import replace

    from nitedr_ros.align.page import render_page

    session.images = replace(
        session.images, source='</p><script>alert(1)</script>', notes=('<img src=x>',)
    )
    page = render_page(session, 'abc')
    assert 'alert(1)' in page
    assert '<script>alert' not in page
    assert '<img' not in page


def test_fit_tells_the_homography_and_the_residuals(server: PageServer, pairs, scene) -> None:
    status, content, _ = ask(f'{server.url}fit', {'pairs': pairs.rows()})
    answer = json.loads(content)
    assert status == 200
    assert np.allclose(np.reshape(answer['homography'], (3, 3)), scene.homography, atol=0.6)
    assert len(answer['pairs']) == 12
    worst = answer['pairs'][answer['worst_pair'] - 1]['residual_px']
    assert worst == answer['worst_px'] == max(p['residual_px'] for p in answer['pairs'])
    assert not server.session.target.path.exists()


def test_save_writes_and_done_ends(server: PageServer, pairs) -> None:
    session = server.session
    for _ in range(2):
        status, content, _ = ask(f'{server.url}save', {'pairs': pairs.rows()})
        assert status == 200
    config = load_config(session.target.path).geometry
    assert list(config.homography) == json.loads(content)['homography']
    assert session.target.points_path.is_file()
    assert not session.done.is_set()
    assert ask(f'{server.url}done', {})[0] == 200
    assert session.done.wait(20)


@pytest.mark.parametrize(
    'rows',
    [
        None,
        'many',
        [],
        [[1, 2, 3, 4]] * 3,
        [[1, 2, 3, 4]] * 5,
        [[1, 2, 3]] * 5,
        [1, 2, 3, 4],
        [[1, 2, 3, 1e999]] * 5,
        [[1, 2, 3, {}]] * 5,
        [[0, 0, 0, 0], [500, 0, 1, 0], [0, 9, 0, 9], [9, 9, 9, 9]],
    ],
)
def test_pairs_that_make_no_sense_are_answered_in_one_line(server: PageServer, rows: Any) -> None:
    for name in ('fit', 'save'):
        status, content, _ = ask(f'{server.url}{name}', {'pairs': rows})
        assert status == 422
        assert 'expected' in json.loads(content)['problem']
    assert server.session.saved is None
    assert not server.session.target.path.exists()


def test_a_file_that_came_meanwhile_is_a_problem_for_the_page(server: PageServer, pairs) -> None:
    server.session.target.path.write_text('precious')
    status, content, _ = ask(f'{server.url}save', {'pairs': pairs.rows()})
    assert status == 422
    assert '--force' in json.loads(content)['problem']


def test_only_this_machine_is_served(server: PageServer) -> None:
    assert server.server_address[0] == '127.0.0.1'
    assert server.url.startswith('http://127.0.0.1:')


@pytest.mark.parametrize('path', ['/', '/visible.png', '//', '/wrong/', '/wrong/save', '/é/', '*'])
def test_without_the_token_there_is_nothing(server: PageServer, path: str) -> None:
    host = f'127.0.0.1:{server.server_address[1]}'
    with socket.create_connection(server.server_address, timeout=20) as connection:
        connection.sendall(f'GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n'.encode())
        answer = connection.makefile('rb').read()
    assert b' 404 ' in answer.splitlines()[0]
    assert server.token.encode() not in answer


def test_tokens_differ(session: Session, server: PageServer) -> None:
    with PageServer(session) as second:
        assert second.token != server.token
        assert len(second.token) >= 32


def test_foreign_hosts_and_origins_are_refused(server: PageServer) -> None:
    port = server.server_address[1]
    path = f'/{server.token}/'
    good = {'Host': f'127.0.0.1:{port}'}
    assert raw(server, 'GET', path, good) == 200
    # A port that ssh forwards here may have another number.
    assert raw(server, 'GET', path, {'Host': 'localhost:8000'}) == 200
    for host in ('evil.example', f'evil.example:{port}', f'127.0.0.1.evil.example:{port}', ''):
        assert raw(server, 'GET', path, {'Host': host}) == 403
    assert raw(server, 'GET', path, {}) == 403
    for origin in ('http://evil.example', 'null', f'https://127.0.0.1:{port}'):
        headers = {**good, **JSON, 'Origin': origin, 'Content-Length': '2'}
        assert raw(server, 'POST', f'{path}done', headers) == 403
    assert not server.session.done.is_set()


def test_bodies_are_bounded_and_typed(server: PageServer) -> None:
    path = f'/{server.token}/save'
    host = {'Host': f'127.0.0.1:{server.server_address[1]}'}
    typed = {**host, **JSON}
    assert raw(server, 'POST', path, {**typed, 'Content-Length': str(LARGEST_BODY + 1)}) == 413
    assert raw(server, 'POST', path, {**typed, 'Content-Length': '9' * 5000}) == 413
    assert raw(server, 'POST', path, {**typed, 'Content-Length': '-1'}) == 411
    assert raw(server, 'POST', path, typed) == 411
    form = {**host, 'Content-Type': 'text/plain', 'Content-Length': '2'}
    assert raw(server, 'POST', path, form) == 415
    assert raw(server, 'POST', f'/{server.token}/other', typed) == 404
    assert raw(server, 'GET', path, host) == 404
    assert raw(server, 'DELETE', path, host) == 501
    assert ask(f'{server.url}save', [1])[0] == 400
    request = urllib.request.Request(f'{server.url}save', b'[' * 20_000, JSON)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    with refused.value as answer:
        assert answer.code == 400


def test_a_port_that_is_taken_is_named(session: Session, server: PageServer) -> None:
    port = server.server_address[1]
    with pytest.raises(OutputError, match=f'{port} can not be had'):
        serve(session, port, lambda url: None)


def test_serve_ends_when_the_page_is_done(session: Session, pairs) -> None:
    def work(url: str) -> None:
        assert ask(f'{url}save', {'pairs': pairs.rows()})[0] == 200
        assert ask(f'{url}done', {})[0] == 200

    serve(session, 0, work)
    assert session.saved is not None
