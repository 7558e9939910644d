"""Synchronisation of visible and thermal frames by stamp."""
