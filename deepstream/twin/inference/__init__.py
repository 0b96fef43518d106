"""The network behind ``nvinfer``: what it looks at, how it is run, what is attached of its outputs.

All arithmetic is ``train2edge.nvinfer``'s; here is what gst-nvinfer does around it.
"""
