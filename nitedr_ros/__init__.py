"""Night de-raining and visible/thermal fusion for vehicles."""

__version__ = '0.1.0'
