"""The lights of a moment: those that the camera sees and what they throw on the figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nitedr_ros.synth import street
from nitedr_ros.synth.mesh import Light
from nitedr_ros.synth.outline import NEAR_M
from nitedr_ros.synth.scene import Moment

Array = npt.NDArray[np.float64]

AMBIENT = np.array([0.034, 0.029, 0.028])
LAMP_COLOUR = np.array(street.LAMP_COLOUR) * 1.5
BEAM_COLOUR = np.array([0.92, 0.96, 0.9]) * 0.42
"""Of the own dipped beams; all colours are linear blue, green, red."""


@dataclass(frozen=True)
class Lamps:
    """The lights ahead of the camera, from far to near.

    places: [N, 3] camera coordinates, metres. colours: [N, 3]. power, radius: [N].
    figure: [N] index in moment.figures.
    """

    places: Array
    colours: Array
    power: Array
    radius: Array
    figure: npt.NDArray[np.int64]

    @classmethod
    def of(cls, moment: Moment) -> Lamps:
        """Gather the lights of all figures; narrow beams fade when seen from the side."""
        lights: list[Light] = []
        places: list[Array] = []
        owner: list[int] = []
        for index, figure in enumerate(moment.figures):
            for light in figure.lights:
                place = figure.to_world(np.array(light.position)) - np.array(moment.camera)
                if place[2] > NEAR_M:
                    lights.append(light)
                    places.append(place)
                    owner.append(index)
        place = np.array(places).reshape(-1, 3)
        ahead = place[:, 2] / np.linalg.norm(place, axis=1)
        beam = ahead ** np.array([light.beam for light in lights])
        return cls(
            place,
            np.array([light.colour for light in lights]).reshape(-1, 3),
            np.array([light.power for light in lights]) * beam,
            np.array([light.radius for light in lights]),
            np.array(owner, np.int64),
        )

    def shine(self) -> Array:
        """Return the glare that each lamp spreads over the image, [N, 3].

        It fades more slowly than the square of the distance: headlights aim at the horizon.
        """
        fall = np.minimum((12.0 / self.places[:, 2]) ** 1.1, 2.0)
        return np.asarray(self.colours * (self.power * fall)[:, None], np.float64)


def own_beam(x: Array, z: Array) -> Array:
    """Return the light of the own dipped beams at places ahead, x and z metres from the camera."""
    spread = 1.6 + 0.16 * z
    reach = np.exp(-(((z - 9.0) / 13.0) ** 2)) + 0.25 * np.exp(-z / 22.0)
    return np.asarray(np.exp(-((x / spread) ** 2)) * reach, np.float64)


def light_on_figures(moment: Moment) -> Array:
    """Return the light on each figure, [F, 3]: ambient, street lamps and the own beams."""
    places = np.array([figure.position for figure in moment.figures])
    ahead = places[:, 2] - moment.camera[2]
    lamps = street.lamp_light(places[:, 0], places[:, 2], 1.0)
    beam = own_beam(places[:, 0] - moment.camera[0], np.maximum(ahead, 0.0))
    light = 0.38 * lamps[:, None] * LAMP_COLOUR + beam[:, None] * BEAM_COLOUR + 1.3 * AMBIENT
    return np.asarray(light, np.float64)
