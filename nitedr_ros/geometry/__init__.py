"""Bringing the thermal image into the visible camera's pixels."""
