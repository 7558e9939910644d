"""Images decoded once and kept in memory, of which patches are cut."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from nitedr_ros.training.scenes import Scene, UInt8


class ImageStore:
    """The images of scenes, channels side by side, uint8, in one buffer on the device.

    channels: clean RGB, thermal, and rainy RGB where all the scenes have it: 4 or 7. Images that
    are lower or narrower than `side` pixels, the side of patches, are continued by reflection.
    """

    def __init__(self, scenes: Sequence[Scene], side: int, device: torch.device) -> None:
        self._side = side
        rainy = all(scene.rainy is not None for scene in scenes)
        self.channels = 7 if rainy else 4
        self.sizes = [
            (max(side, scene.clean.shape[0]), max(side, scene.clean.shape[1])) for scene in scenes
        ]
        pixels = [height * width for height, width in self.sizes]
        self.offsets = [sum(pixels[:index]) * self.channels for index in range(len(pixels))]
        buffer = np.empty((sum(pixels), self.channels), np.uint8)
        start = 0
        for scene, size, count in zip(scenes, self.sizes, pixels, strict=True):
            part = buffer[start : start + count].reshape(*size, self.channels)
            part[..., :3] = _continued(scene.clean, size)
            part[..., 3] = _continued(scene.thermal, size)
            if rainy and scene.rainy is not None:
                part[..., 4:] = _continued(scene.rainy, size)
            start += count
        self._buffer = torch.from_numpy(buffer).view(-1).to(device)

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def bytes(self) -> int:
        """Size of the buffer."""
        return self._buffer.numel()

    def cut(self, images: Sequence[int], generator: torch.Generator) -> Tensor:
        """Return a patch of each of these images, uint8 [N, side, side, channels].

        Places are drawn evenly, and half of the patches are mirrored. generator: on the CPU.
        """
        side = self._side
        draws = torch.rand(len(images), 3, generator=generator).tolist()
        patches = self._buffer.new_empty((len(images), side, side, self.channels))
        # A copy a patch: rows lie together in memory, which no gather of pixels can make use of.
        for patch, image, (down, along, mirror) in zip(patches, images, draws, strict=True):
            height, width = self.sizes[image]
            top, left = int(down * (height - side + 1)), int(along * (width - side + 1))
            window = self._buffer.as_strided(
                (side, side, self.channels),
                (width * self.channels, self.channels, 1),
                self.offsets[image] + (top * width + left) * self.channels,
            )
            patch.copy_(window.flip(1) if mirror < 0.5 else window)
        return patches


def _continued(image: UInt8, size: tuple[int, int]) -> UInt8:
    below, right = size[0] - image.shape[0], size[1] - image.shape[1]
    if not (below or right):
        return image
    border = cv2.BORDER_REFLECT_101
    return np.asarray(cv2.copyMakeBorder(image, 0, below, 0, right, border), np.uint8)
