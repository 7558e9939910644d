"""A synthetic drive through a rainy night street, seen by a visible and a thermal camera."""
