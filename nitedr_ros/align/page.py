"""The page in which points are set: one HTML text with its style and script inside."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from nitedr_ros.align.alignment import ENOUGH_PAIRS, FEWEST_PAIRS
from nitedr_ros.align.point_pairs import MOST_PAIRS
from nitedr_ros.align.session import Session

_SCRIPTS = ('tone.js', 'pane.js', 'overlay.js', 'pairs.js', 'page.js')


def render_page(session: Session, nonce: str) -> str:
    """Return the page; nonce: what its Content-Security-Policy allows script and style by."""
    folder = files('nitedr_ros.align').joinpath('web')
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string(folder.joinpath('page.html.j2').read_text('utf-8'))
    images = session.images
    state = {
        'visible': images.visible_size,
        'thermal': images.thermal_size,
        'pairs': [] if session.start is None else session.start.rows(),
        'fewest': FEWEST_PAIRS,
        'enough': ENOUGH_PAIRS,
        'most': MOST_PAIRS,
        'files': [str(path) for path in session.target.paths],
    }
    return template.render(
        nonce=nonce,
        source=images.source,
        rectified=images.rectified,
        notes=images.notes,
        state=state,
        style=folder.joinpath('page.css').read_text('utf-8'),
        script='\n'.join(folder.joinpath(name).read_text('utf-8') for name in _SCRIPTS),
    )
