"""Recorded data through the pipeline: bags, and folders of still images."""
