"""Training of CleanNet and FusionNet (torch); nothing at run time imports this package."""
