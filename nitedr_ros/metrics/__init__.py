"""Measures of image quality, in NumPy; a mean over images is the mean of their values."""
