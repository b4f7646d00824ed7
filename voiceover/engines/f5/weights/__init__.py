"""The weights of F5 models: layouts, shapes, vocabulary, quantizing, and the family that the model store uses.

family       F5 models as the store sees them; imports nothing heavy
preparing    checks a model before it is copied
installed    opens, verifies and quantizes an installed model
files        weights from every format, recognised by content
layout       one spelling of tensor names for all layouts in use
shapes       the tensors that each network must have
parts        which file is which part of a model; v0 or v1 from a config
archive      the archive that comes with a distilled model
model        the object that the engine loads
vocabulary   vocab.txt
quantizing   which tensors are quantized (affine: the arithmetic, writing: the files)
"""

from __future__ import annotations
