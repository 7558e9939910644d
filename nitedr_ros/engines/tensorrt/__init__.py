"""TensorRT on an NVIDIA GPU: the only place that knows tensorrt and CUDA."""
