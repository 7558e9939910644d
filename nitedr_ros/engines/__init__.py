"""Engines run a model's networks on images; models are described by one small file each."""
