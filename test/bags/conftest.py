"""Bags to read, written by the rosbags library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mcap.well_known import SchemaEncoding
from mcap.writer import CompressionType, IndexType
from mcap.writer import Writer as McapWriter
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

IMAGE = 'sensor_msgs/msg/Image'
CAMERA_INFO = 'sensor_msgs/msg/CameraInfo'
TOPICS = ('/visible/image_raw', '/thermal/image_raw')
MS = 1_000_000


def pixels(number: int, count: int) -> np.ndarray:
    """Noise, which does not compress, that tells the images apart."""
    return np.random.default_rng(number).integers(0, 256, count, np.uint8)


class Bags:
    """Writes bags whose message i of 2 * frames lies at i * 50 ms, the topics in turn."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pixels = pixels
        self.types = get_typestore(Stores.ROS2_HUMBLE)
        self.ros1_types = get_typestore(Stores.ROS1_NOETIC)

    def image(self, number: int, width: int = 64, *, ros1: bool = False) -> object:
        """Image `number`, four rows of noise."""
        types = (self.ros1_types if ros1 else self.types).types
        stamp = types['builtin_interfaces/msg/Time'](number, 5)
        header = types['std_msgs/msg/Header'](*([7] if ros1 else []), stamp, 'camera')
        return types[IMAGE](header, 4, width, 'mono8', 0, width, self.pixels(number, width * 4))

    def ros2(
        self,
        name: str = 'bag',
        plugin: StoragePlugin = StoragePlugin.MCAP,
        compression: CompressionMode = CompressionMode.NONE,
        *,
        frames: int = 5,
        width: int = 64,
        start: int = 0,
        topics: tuple[str, ...] = TOPICS,
    ) -> Path:
        """A rosbag2 folder."""
        path = self.folder / name
        writer = Writer(path, version=9, storage_plugin=plugin)
        writer.set_compression(compression, CompressionFormat.ZSTD)
        with writer:
            connections = [writer.add_connection(t, IMAGE, typestore=self.types) for t in topics]
            for i in range(start, start + len(topics) * frames):
                raw = self.types.serialize_cdr(self.image(i, width), IMAGE)
                writer.write(connections[i % len(topics)], i * 50 * MS, raw)
        return path

    def mcap(
        self,
        compression: CompressionType = CompressionType.NONE,
        *,
        frames: int = 5,
        chunk_size: int = 1000,
        use_chunking: bool = True,
        indexed: bool = True,
    ) -> Path:
        """A bare MCAP file by the mcap package: small chunks with CRCs, each of a few frames."""
        path = self.folder / 'recording.mcap'
        writer = McapWriter(
            str(path),
            chunk_size=chunk_size,
            compression=compression,
            use_chunking=use_chunking,
            index_types=IndexType.ALL if indexed else IndexType.NONE,
            use_statistics=indexed,
            use_summary_offsets=indexed,
            repeat_channels=indexed,
            repeat_schemas=indexed,
        )
        writer.start('ros2', 'test')
        text = self.types.generate_msgdef(IMAGE, ros_version=2)[0].encode()
        schema = writer.register_schema(IMAGE, SchemaEncoding.ROS2, text)
        channels = [writer.register_channel(t, 'cdr', schema) for t in TOPICS]
        for i in range(2 * frames):
            raw = bytes(self.types.serialize_cdr(self.image(i), IMAGE))
            writer.add_message(channels[i % 2], i * 50 * MS, raw, i * 50 * MS)
        writer.finish()
        return path

    def ros1(
        self,
        name: str = 'bag.bag',
        compression: Ros1Writer.CompressionFormat | None = None,
        *,
        frames: int = 5,
        width: int = 64,
    ) -> Path:
        """A ROS 1 bag of the two image topics, a latched custom type and a camera_info."""
        path = self.folder / name
        types = self.ros1_types
        custom = get_types_from_msg('std_msgs/Header header\nfloat64[] values', 'my_msgs/msg/Own')
        types.register(custom)
        writer = Ros1Writer(path)
        if compression is not None:
            writer.set_compression(compression)
        with writer:
            connections = [writer.add_connection(t, IMAGE, typestore=types) for t in TOPICS]
            own = writer.add_connection('/own', 'my_msgs/msg/Own', typestore=types, latching=1)
            header = self.image(3, ros1=True).header
            message = types.types['my_msgs/msg/Own'](header, np.array([1.0, 2.0]))
            writer.write(own, 0, types.serialize_ros1(message, 'my_msgs/msg/Own'))
            for i in range(2 * frames):
                raw = types.serialize_ros1(self.image(i, width, ros1=True), IMAGE)
                writer.write(connections[i % 2], i * 50 * MS, raw)
        return path


@pytest.fixture
def bags(tmp_path: Path) -> Bags:
    """Writes bags into a folder of their own."""
    folder = tmp_path / 'in'
    folder.mkdir()
    return Bags(folder)
