"""How fast models run on this machine by each engine, at what cost in memory, energy, quality."""
