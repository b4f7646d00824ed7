"""Which back end and precision run a model on this machine.

machine       the machine's processor, GPU and memory, and the measurements made on it
golden_call   self-test: does a device compute the transformer correctly?
precision     precisions of a model, the memory they need, and how fast MLX runs them
fidelity      the fastest precision on onnxruntime that preserves the speech of a model
runtime       the choice, and the networks loaded accordingly
"""
