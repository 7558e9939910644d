"""The published NiteDR networks, written from the paper, with the names of its checkpoints.

Shi et al., "NiteDR: Nighttime Image De-Raining With Cross-View Sensor Cooperative Learning for
Dynamic Driving Scenes", IEEE Transactions on Multimedia 26 (2024), doi 10.1109/TMM.2024.3387746.
The code is our own; attribute names follow the parameter names of the authors' weights, so that
those load by name. They serve as the yardstick and as a teacher: they are far too slow for a car.
"""
