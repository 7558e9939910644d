"""Bringing the thermal image into the visible camera's pixels.

Conventions that hold everywhere in this package:

Pixels: (0, 0) is the centre of the first pixel, u to the right, v down. Resizing by a factor s
maps u to (u + 0.5) * s - 0.5, so that outer borders stay outer borders.

Frames: optical frames, x right, y down, z forward (REP-103), metres. Normalised coordinates are
those of a ray divided by its z. The rectified frame of a camera is its optical frame turned by R
of its camera_info (REP-104).

Extrinsics: the pose of the thermal camera in the visible optical frame,
X_visible = R @ X_thermal + t. That is what a TF lookup with target visible and source thermal
gives.

The plane on which both images meet: all X with n . X = d in the visible optical frame; n of unit
length, away from the camera; d > 0, metres.

The output view: the rectified visible camera, a pinhole with the K in P of its camera_info, scaled
to the size of the outputs. Maps go from output pixels to source pixels (backward).
"""
