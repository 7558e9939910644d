"""From camera frames to de-rained fused images: the same object serves live cameras and replay."""
