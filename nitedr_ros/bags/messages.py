"""Builds the typed messages that go into a new bag."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from nitedr_ros.bags.typestore import ros2_types
from nitedr_ros.geometry.camera_info import CameraInfo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A typed message; rosbags makes the classes at run time.
Message: TypeAlias = Any

_NS = 1_000_000_000
_TYPES: dict[str, Any] = dict(ros2_types().types)
_Time = _TYPES['builtin_interfaces/msg/Time']
_Header = _TYPES['std_msgs/msg/Header']
_Image = _TYPES['sensor_msgs/msg/Image']
_CameraInfo = _TYPES['sensor_msgs/msg/CameraInfo']
_RegionOfInterest = _TYPES['sensor_msgs/msg/RegionOfInterest']
_DiagnosticArray = _TYPES['diagnostic_msgs/msg/DiagnosticArray']
_DiagnosticStatus = _TYPES['diagnostic_msgs/msg/DiagnosticStatus']
_KeyValue = _TYPES['diagnostic_msgs/msg/KeyValue']
_TimeReference = _TYPES['sensor_msgs/msg/TimeReference']
_TFMessage = _TYPES['tf2_msgs/msg/TFMessage']
_TransformStamped = _TYPES['geometry_msgs/msg/TransformStamped']
_Transform = _TYPES['geometry_msgs/msg/Transform']
_Vector3 = _TYPES['geometry_msgs/msg/Vector3']
_Quaternion = _TYPES['geometry_msgs/msg/Quaternion']


class TransformFields(Protocol):
    """What geometry_msgs/TransformStamped holds besides a stamp: the pose of a frame."""

    @property
    def parent(self) -> str:
        """Frame in which the pose is given."""

    @property
    def child(self) -> str:
        """Frame whose pose it is."""

    @property
    def translation(self) -> tuple[float, float, float]:
        """Metres along x, y and z of the parent."""

    @property
    def rotation(self) -> tuple[float, float, float, float]:
        """Unit quaternion x, y, z, w."""


class StatusFields(Protocol):
    """What diagnostic_msgs/DiagnosticStatus holds."""

    @property
    def level(self) -> int:
        """0 OK, 1 WARN, 2 ERROR, 3 STALE."""

    @property
    def name(self) -> str:
        """The part it is about."""

    @property
    def message(self) -> str:
        """One line for people."""

    @property
    def hardware_id(self) -> str:
        """The device."""

    @property
    def values(self) -> Mapping[str, str]:
        """Figures by name."""


def header(stamp_ns: int, frame_id: str) -> Message:
    """Return a std_msgs/msg/Header; stamp in nanoseconds since the epoch."""
    seconds, nanoseconds = divmod(stamp_ns, _NS)
    return _Header(stamp=_Time(sec=seconds, nanosec=nanoseconds), frame_id=frame_id)


def image_message(stamp_ns: int, frame_id: str, encoding: str, array: npt.NDArray[Any]) -> Message:
    """Return a sensor_msgs/msg/Image of packed rows.

    array: [H, W] or [H, W, C] of the dtype that `encoding` (sensor_msgs/image_encodings.hpp)
    names. It is not copied if it is contiguous: leave it alone until the message is written.
    """
    packed = np.ascontiguousarray(array)
    order = packed.dtype.byteorder
    big_endian = order == '>' or (order == '=' and sys.byteorder == 'big')
    height, width = packed.shape[:2]
    return _Image(
        header=header(stamp_ns, frame_id),
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=int(big_endian),
        step=packed.nbytes // height if height else 0,
        data=packed.reshape(-1).view(np.uint8),
    )


def camera_info_message(stamp_ns: int, frame_id: str, source: CameraInfo | Message) -> Message:
    """Return a sensor_msgs/msg/CameraInfo with this stamp and frame.

    source: a calibration as plain values, or a message whose other fields are taken over.
    """
    if not isinstance(source, CameraInfo):
        return dataclasses.replace(source, header=header(stamp_ns, frame_id))
    roi = source.roi
    return _CameraInfo(
        header=header(stamp_ns, frame_id),
        height=source.height,
        width=source.width,
        distortion_model=source.distortion_model,
        d=np.array(source.d, np.float64),
        k=np.array(source.k, np.float64),
        r=np.array(source.r, np.float64),
        p=np.array(source.p, np.float64),
        binning_x=source.binning_x,
        binning_y=source.binning_y,
        roi=_RegionOfInterest(
            x_offset=roi.x_offset,
            y_offset=roi.y_offset,
            height=roi.height,
            width=roi.width,
            do_rectify=roi.do_rectify,
        ),
    )


def uncalibrated_camera_info(stamp_ns: int, frame_id: str, height: int, width: int) -> Message:
    """Return a sensor_msgs/msg/CameraInfo that says: not calibrated (REP-104, K[0] = 0)."""
    return _camera_info(stamp_ns, frame_id, height, width, np.zeros((3, 3)), calibrated=False)


def pinhole_camera_info(
    stamp_ns: int,
    frame_id: str,
    height: int,
    width: int,
    camera_matrix: npt.NDArray[np.float64],
) -> Message:
    """Return the sensor_msgs/msg/CameraInfo of a camera without distortion.

    camera_matrix: float64 [3, 3], focal lengths and principal point in pixels.
    """
    return _camera_info(stamp_ns, frame_id, height, width, camera_matrix, calibrated=True)


def _camera_info(
    stamp_ns: int,
    frame_id: str,
    height: int,
    width: int,
    matrix: npt.NDArray[np.float64],
    *,
    calibrated: bool,
) -> Message:
    return _CameraInfo(
        header=header(stamp_ns, frame_id),
        height=height,
        width=width,
        distortion_model='plumb_bob' if calibrated else '',
        d=np.zeros(5 if calibrated else 0),
        k=np.array(matrix, np.float64).reshape(9),
        r=(np.eye(3) if calibrated else np.zeros((3, 3))).reshape(9),
        p=np.hstack([matrix, np.zeros((3, 1))]).astype(np.float64).reshape(12),
        binning_x=0,
        binning_y=0,
        roi=_RegionOfInterest(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
    )


def time_reference_message(
    stamp_ns: int, frame_id: str, reference_ns: int, source: str
) -> Message:
    """Return a sensor_msgs/msg/TimeReference: what `source` said when the own clock said stamp.

    Both times in nanoseconds since the epoch.
    """
    seconds, nanoseconds = divmod(reference_ns, _NS)
    return _TimeReference(
        header=header(stamp_ns, frame_id),
        time_ref=_Time(sec=seconds, nanosec=nanoseconds),
        source=source,
    )


def transforms_message(stamp_ns: int, transforms: Sequence[TransformFields]) -> Message:
    """Return a tf2_msgs/msg/TFMessage, all with one stamp."""
    return _TFMessage(transforms=[_transform(stamp_ns, item) for item in transforms])


def _transform(stamp_ns: int, fields: TransformFields) -> Message:
    (x, y, z), (qx, qy, qz, qw) = fields.translation, fields.rotation
    return _TransformStamped(
        header=header(stamp_ns, fields.parent),
        child_frame_id=fields.child,
        transform=_Transform(
            translation=_Vector3(x=x, y=y, z=z), rotation=_Quaternion(x=qx, y=qy, z=qz, w=qw)
        ),
    )


def diagnostic_array_message(stamp_ns: int, statuses: Sequence[StatusFields]) -> Message:
    """Return a diagnostic_msgs/msg/DiagnosticArray."""
    return _DiagnosticArray(
        header=header(stamp_ns, ''),
        status=[
            _DiagnosticStatus(
                level=status.level,
                name=status.name,
                message=status.message,
                hardware_id=status.hardware_id,
                values=[_KeyValue(key=key, value=value) for key, value in status.values.items()],
            )
            for status in statuses
        ],
    )
