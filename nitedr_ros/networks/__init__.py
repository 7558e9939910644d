"""The networks in torch, and their export to ONNX; nothing at run time imports this package."""
