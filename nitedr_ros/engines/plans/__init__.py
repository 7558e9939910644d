"""The cache of compiled plans: code that runs on one GPU with one driver and one TensorRT."""
