"""The stop-gap calibration: a homography from points that a person sets in both images.

Points are pixels of the images at full size, rectified where the camera is calibrated; (0, 0) is
the centre of the first pixel.
"""
