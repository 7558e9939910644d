"""The page in a real browser: clicks become a calibration. Skipped where there is none."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest

from nitedr_ros.align.calibration_file import CalibrationFile
from nitedr_ros.align.server import PageServer
from nitedr_ros.align.session import Session
from nitedr_ros.config.load import load_config

playwright_api = pytest.importorskip(
    'playwright.sync_api',
    reason='NOT TESTING the alignment page: playwright is not installed (pip install playwright)',
)

_BROWSERS = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
_ARGUMENTS = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
]


@pytest.fixture(scope='module')
def browser() -> Iterator[Any]:
    found = [path for path in map(shutil.which, _BROWSERS) if path]
    program = os.environ.get('NITEDR_BROWSER', found[0] if found else '')
    if not program:
        pytest.skip('NOT TESTING the alignment page: no Chromium (name one with NITEDR_BROWSER)')
    with playwright_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def session(tmp_path, images) -> Session:
    target = CalibrationFile(tmp_path / 'calibration.yaml', force=False, with_points=True)
    return Session(images, target)


@pytest.fixture
def page(browser, session: Session) -> Iterator[Any]:
    """The page, loaded; it must neither fail nor break its own security policy."""
    problems: list[str] = []
    with PageServer(session) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        opened = browser.new_page(viewport={'width': 1400, 'height': 900})
        try:
            opened.on('pageerror', lambda error: problems.append(str(error)))
            # The browser itself notes each request that fails or is refused.
            opened.on(
                'console',
                lambda m: None if 'Failed to load resource' in m.text else problems.append(m.text),
            )
            opened.goto(server.url)
            opened.wait_for_selector('body[data-ready]')
            yield opened
        finally:
            opened.close()
            server.shutdown()
            thread.join()
    assert problems == []


def place_of(page: Any, side: str, pixel: np.ndarray) -> tuple[float, float]:
    """Return where on the page a pixel of an image is, by the page's own view of it."""
    box = page.locator(f'[data-side={side}] canvas').bounding_box()
    x, y = page.evaluate(f'panes.{side}.view.toElement({list(map(float, pixel))})')
    return box['x'] + x, box['y'] + y


def click(page: Any, side: str, pixel: np.ndarray) -> None:
    page.mouse.click(*place_of(page, side, pixel))


def set_pairs(page: Any, scene: Any, indices: Iterable[int]) -> None:
    for index in indices:
        click(page, 'visible', scene.spots[index])
        click(page, 'thermal', scene.forth[index])


def wait(page: Any, condition: str) -> None:
    """Wait until a condition of the page's script holds; its policy forbids Playwright's way."""
    page.evaluate(f"""() => new Promise((resolve, reject) => {{
        const start = performance.now();
        const look = () => {{
            if ({condition}) resolve();
            else if (performance.now() - start > 15000) reject(new Error('waited in vain'));
            else requestAnimationFrame(look);
        }};
        look();
    }})""")


def settled(page: Any, count: int) -> None:
    """Wait until the fit is of this many pairs."""
    wait(page, f'editor.fit && editor.fit.pairs.length === {count} && !fitting.busy')


def test_images_are_placed_by_pixel_centres(page) -> None:
    box = page.evaluate(
        '(() => { const c = panes.visible.canvas; return [c.clientWidth, '
        'c.clientHeight, panes.visible.view.scale]; })()'
    )
    width, height, scale = box
    # The outer corner of the first pixel of an image that is fitted and centred.
    corner = [(width - 320 * scale) / 2, (height - 240 * scale) / 2]
    assert scale == pytest.approx(min(width / 320, height / 240))
    assert page.evaluate(f'panes.visible.view.toPixel({corner[0]}, {corner[1]})') == pytest.approx(
        [-0.5, -0.5], abs=1e-9
    )


def test_clicked_pairs_are_saved(page, session: Session, scene) -> None:
    assert page.locator('#save').is_disabled()
    set_pairs(page, scene, (0, 3, 8))
    assert '3 of at least 4' in page.inner_text('#hint')
    click(page, 'visible', scene.spots[11])
    assert 'thermal' in page.inner_text('#hint')
    assert 'next' in page.get_attribute('[data-side=thermal]', 'class')
    click(page, 'thermal', scene.forth[11])
    settled(page, 4)
    assert 'tell nothing' in page.inner_text('#warnings')
    set_pairs(page, scene, (1, 2, 4, 5, 6, 7, 9, 10))
    settled(page, 12)
    assert page.inner_text('#warnings') == ''
    assert page.locator('#rows tr').count() == 12
    assert page.locator('#rows tr.worst').count() == 1
    page.click('#save')
    wait(page, "document.getElementById('save').textContent.startsWith('Saved')")
    assert 'Saved to calibration.yaml' in page.inner_text('#hint')
    page.click('#done')
    page.wait_for_selector('#ended[open]')
    assert 'calibration.points.csv' in page.inner_text('#ended')
    assert session.done.wait(20)
    homography = np.reshape(load_config(session.target.path).geometry.homography, (3, 3))
    warped = np.hstack((scene.spots, np.ones((12, 1)))) @ homography.T
    # Clicks fall on whole pixels of the screen, about half of an image pixel.
    assert np.abs(warped[:, :2] / warped[:, 2:] - scene.forth).max() < 0.6


def test_a_drag_corrects_and_undo_takes_it_back(page, scene) -> None:
    set_pairs(page, scene, range(8))
    settled(page, 8)
    good = float(page.inner_text('#rms').split()[0])
    before = page.evaluate('pairs.rows')
    start = place_of(page, 'thermal', np.array(before[5][2:]))
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 20, start[1] + 10, steps=4)
    page.mouse.up()
    wait(page, f"parseFloat(document.getElementById('rms').textContent) > {good + 1}")
    after = page.evaluate('pairs.rows')
    scale = page.evaluate('panes.thermal.view.scale')
    assert np.subtract(after[5], before[5]) == pytest.approx([0, 0, 20 / scale, 10 / scale])
    assert page.inner_text('#worst-pair') == 'worst, pair 6'
    page.keyboard.press('Control+z')
    wait(page, f"parseFloat(document.getElementById('rms').textContent) <= {good}")
    assert page.evaluate('pairs.rows') == before
    page.keyboard.press('Control+Shift+z')
    assert page.evaluate('pairs.rows') == after


def test_arrows_nudge_and_delete_deletes(page, scene) -> None:
    set_pairs(page, scene, (0, 3, 8, 11, 5))
    before = page.evaluate('pairs.rows')
    page.keyboard.press('ArrowRight')
    page.keyboard.press('Shift+ArrowUp')
    assert np.subtract(page.evaluate('pairs.rows')[4], before[4]) == pytest.approx([0, 0, 0.1, -1])
    page.keyboard.press('Delete')
    settled(page, 4)
    assert page.evaluate('pairs.rows') == before[:4]
    page.locator('#rows tr').nth(1).locator('button').click()
    wait(page, 'editor.fit === null')
    assert page.locator('#save').is_disabled()
    click(page, 'visible', scene.spots[9])
    page.keyboard.press('Escape')
    assert page.locator('#rows tr').count() == 3


def test_zoomed_in_clicks_are_finer_than_a_pixel(page, scene) -> None:
    spot = scene.spots[5] + (0.31, -0.27)
    page.mouse.move(*place_of(page, 'visible', spot))
    for _ in range(8):
        page.mouse.wheel(0, -240)
    wait(page, 'panes.visible.view.scale > 20')
    # The wheel zooms around the pointer.
    assert page.evaluate('editor.pointer.point') == pytest.approx(spot.tolist(), abs=0.5)
    click(page, 'visible', spot)
    assert page.evaluate('pairs.open.visible') == pytest.approx(spot.tolist(), abs=0.03)
    shown = page.evaluate('panes.visible.view.left')
    x, y = place_of(page, 'visible', spot)
    page.mouse.move(x + 60, y + 60)
    page.mouse.down()
    page.mouse.move(x + 160, y + 60, steps=3)
    page.mouse.up()
    assert page.evaluate('panes.visible.view.left') == pytest.approx(shown + 100)
    assert page.evaluate('pairs.list.length') == 1
    page.keyboard.press('f')
    assert page.evaluate('panes.visible.view.fitted')


def test_the_overlay_puts_thermal_where_it_belongs(page, scene) -> None:
    set_pairs(page, scene, range(12))
    settled(page, 12)
    # Mark the corners of the warped thermal image and ask the browser where they come to lie.
    corners = page.evaluate("""() => {
        const stage = document.querySelector('.stage').getBoundingClientRect();
        const scale = overlay.view.scale;
        return [[0, 0], [159, 0], [159, 127], [0, 127]].map(([u, v]) => {
            const dot = document.createElement('i');
            dot.style.cssText = `position:absolute;left:${u + 0.49}px;top:${v + 0.49}px;` +
                'width:0.02px;height:0.02px';
            overlay.warped.append(dot);
            const box = dot.getBoundingClientRect();
            dot.remove();
            return [((box.left + box.right) / 2 - stage.left) / scale - 0.5,
                    ((box.top + box.bottom) / 2 - stage.top) / scale - 0.5];
        });
    }""")
    back = np.linalg.inv(np.reshape(page.evaluate('editor.fit.homography'), (3, 3)))
    for (u, v), got in zip([(0, 0), (159, 0), (159, 127), (0, 127)], corners, strict=True):
        x, y, w = back @ (u, v, 1)
        assert got == pytest.approx([x / w, y / w], abs=0.1)


def test_what_the_command_refuses_is_said_on_the_page(page, scene) -> None:
    set_pairs(page, scene, range(4))
    page.wait_for_selector('#hint.problem')
    assert 'Expected points that span' in page.inner_text('#warnings')
    assert page.locator('#save').is_disabled()
    set_pairs(page, scene, (9, 11))
    settled(page, 6)
    assert page.inner_text('#warnings') == ''
    assert page.locator('#save').is_enabled()


def test_unsaved_changes_are_not_lost_unasked(page, session: Session, scene) -> None:
    set_pairs(page, scene, range(8))
    settled(page, 8)
    page.click('#done')
    page.wait_for_selector('#unsaved[open]')
    page.click('[value=back]')
    assert not session.done.is_set()
    page.click('#done')
    page.click('[value=save]')
    page.wait_for_selector('#ended[open]')
    assert session.target.path.is_file()


def test_the_page_notices_that_the_command_has_ended(page, scene) -> None:
    set_pairs(page, scene, range(8))
    settled(page, 8)
    page.route('**/save', lambda route: route.abort())
    page.click('#save')
    page.wait_for_selector('#ended[open]')
    assert 'The command has ended' in page.inner_text('#ended')
