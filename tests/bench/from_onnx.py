#!/usr/bin/python3
"""An ONNX file as a net with weights for the core: from_onnx.py NET.onnx OUT.safetensors

Knows what the networks here are made of; anything else ends it with a line. Needs python3-onnx."""
import json
import struct
import sys

import numpy as np
import onnx
from onnx import numpy_helper


def attributes(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def square(values, what):
    if len(set(values)) != 1:
        sys.exit(f"{what} {values}: only equal ones are known")
    return values[0]


class Converter:
    def __init__(self, graph):
        self.weights = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        self.lines, self.tensors, self.layer_of, self.last = [], {}, {}, None

    def emit(self, node, kind, tensors=(), n_inputs=1, **options):
        """A line of the net; `from=` where the input is not the line above."""
        name = f"n{len(self.lines)}"
        inputs = [self.layer_of[i] for i in node.input[:n_inputs]]
        if n_inputs == 2:
            options["from"] = inputs[0] if inputs[1] == self.last else inputs[1]
        elif inputs[0] != self.last:
            options["from"] = inputs[0]
        self.lines.append(" ".join([kind, *(f"{k}={v}" for k, v in options.items()), f"name={name}"]))
        for key, value in zip(*[iter(tensors)] * 2):
            self.tensors[f"{name}.{key}"] = np.ascontiguousarray(value, dtype=np.float32)
        self.layer_of[node.output[0]] = self.last = name

    def conv(self, node, a):
        w = self.weights[node.input[1]]
        has_bias = len(node.input) > 2
        bias = ("bias", self.weights[node.input[2]]) if has_bias else ()
        self.emit(node, "conv", ("weight", w, *bias), out=w.shape[0], kernel=square(w.shape[2:], "kernel"),
                  stride=square(a["strides"], "strides"), pad=square(a["pads"], "pads"), bias=int(has_bias))

    def dense(self, node, a):
        w = self.weights[node.input[1]]
        w = w if a.get("transB") else w.T
        self.emit(node, "dense", ("weight", w, "bias", self.weights[node.input[2]]), out=w.shape[0])

    def bn(self, node, a):
        keys = ("scale", "shift", "mean", "variance")
        self.emit(node, "bn", [v for k, i in zip(keys, node.input[1:]) for v in (k, self.weights[i])],
                  epsilon=f"{a['epsilon']:.9g}")

    def node(self, node):
        a = attributes(node)
        if node.op_type == "Conv":
            self.conv(node, a)
        elif node.op_type == "Gemm":
            self.dense(node, a)
        elif node.op_type == "BatchNormalization":
            self.bn(node, a)
        elif node.op_type == "MaxPool":
            self.emit(node, "maxpool", size=square(a["kernel_shape"], "window"),
                      stride=square(a["strides"], "strides"), pad=square(a.get("pads", [0]), "pads"))
        elif node.op_type == "Add":
            self.emit(node, "add", n_inputs=2)
        elif node.op_type in ("Relu", "Flatten", "Softmax"):
            self.emit(node, node.op_type.lower())
        else:
            sys.exit(f"ONNX operator {node.op_type} is not known here")


def convert(path):
    graph = onnx.load(path).graph
    converter = Converter(graph)
    source = next(i for i in graph.input if i.name not in converter.weights)
    shape = [d.dim_value for d in source.type.tensor_type.shape.dim][1:]
    converter.layer_of[source.name] = converter.last = "input"
    for node in graph.node:
        converter.node(node)
    return "\n".join(["input " + " ".join(map(str, shape)), *converter.lines, ""]), converter.tensors


def write(path, text, tensors):
    header, at = {"__metadata__": {"net": text}}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + value.nbytes]}
        at += value.nbytes
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for value in tensors.values():
            file.write(value.tobytes())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    write(sys.argv[2], *convert(sys.argv[1]))
