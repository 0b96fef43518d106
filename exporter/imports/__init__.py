"""Foreign ONNX files into bundles: recipe -> plan -> graph of our kind -> the common road."""
