"""The command line `nitedr`."""
