"""Files of tensors: readers that run nothing, map files instead of loading them, and trust no file.

named              protocol of named tensors; quantized matrices
stored             tensors of a file, read on demand
safetensors_file   safetensors
torch_file         torch.save files, without torch (pickles: the pickle inside, without Python's unpickler)
onnx_file          what an ONNX file contains, before another library loads it
bundle             folders with a manifest and raw tensors (int4: their quantized matrices)
json_tables        JSON of untrusted origin
file_names         file names of untrusted origin
"""

from __future__ import annotations
