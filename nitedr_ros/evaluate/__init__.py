"""Scores of a model on still images: how well it takes the rain out, and how well it fuses."""
