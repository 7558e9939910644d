"""Rewriting ONNX graphs of the models' contract: bytes at the edges, one size, fp16.

Needs onnx and onnxruntime, not torch. The graphs take `visible` uint8 [1, H, W, 3] RGB and
`thermal` uint8 [1, H, W] and give `fused` and `derained`, uint8 [1, H, W, 3] RGB.
"""
