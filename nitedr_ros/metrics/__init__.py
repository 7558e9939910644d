"""Measures of image quality, in NumPy and OpenCV; a mean over images is that of their values."""
