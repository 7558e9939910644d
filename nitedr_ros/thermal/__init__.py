"""Thermal images of any depth as steady 8-bit images."""
