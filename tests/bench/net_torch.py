"""A .net text as a torch module, with the weights of a .safetensors file; its ONNX export."""
import json
import struct

import torch
from torch import nn


def read_safetensors(path):
    """The tensors by name, and the metadata."""
    with open(path, "rb") as file:
        n, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(n))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, about in header.items():
        first, end = about["data_offsets"]
        tensors[name] = torch.frombuffer(data[first:end], dtype=torch.float32).reshape(about["shape"]).clone()
    return tensors, metadata


class Repeat(nn.Module):
    def __init__(self, times):
        super().__init__()
        self.times = times

    def forward(self, x):
        return x.repeat(1, self.times, 1, 1)


def same_padding(pad, kernel, default):
    pad = default if pad is None else pad
    if pad == "valid":
        return 0
    return kernel // 2 if pad == "same" else int(pad)


class Net(nn.Module):
    """has_softmax: false leaves it to the loss."""

    def __init__(self, text, has_softmax=True):
        super().__init__()
        self.steps, self.parts, counts = [], nn.ModuleDict(), {}
        shape, previous, c = {}, "input", 0
        for line in text.splitlines():
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == "input":
                self.shape = tuple(map(int, words[1:4]))
                shape["input"] = self.shape
                continue
            kind, o = words[0], dict(w.split("=") for w in words[1:])
            counts[kind] = counts.get(kind, 0) + 1
            name = o.get("name", f"{kind}{counts[kind]}")
            if kind == "softmax" and not has_softmax:
                break
            one = o.get("from") if kind != "add" else None
            inputs = [one or previous] + ([o["from"]] if kind == "add" else [])
            part = self.make(kind, o, shape[inputs[0]])
            self.parts[name] = part if part is not None else nn.Identity()
            with torch.no_grad():
                x = torch.zeros(1, *shape[inputs[0]])
                shape[name] = tuple((x if kind == "add" else self.parts[name].eval()(x)).shape[1:])
            self.steps.append((name, inputs))
            previous = name

    @staticmethod
    def make(kind, o, shape):
        if kind == "conv":
            k, s = int(o["kernel"]), int(o.get("stride", 1))
            p = same_padding(o.get("pad"), k, "same")
            if s == 2 and k == 3 and o.get("pad", "same") == "same" and shape[1] % 2 == 0:
                # the core's `same` has its odd pixel after the last row and column
                return nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)),
                                     nn.Conv2d(shape[0], int(o["out"]), k, s, 0, bias=o.get("bias") != "0"))
            return nn.Conv2d(shape[0], int(o["out"]), k, s, p, bias=o.get("bias") != "0")
        if kind == "bn":
            bn = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
            return bn(shape[0], eps=float(o.get("epsilon", 1e-5)))
        if kind == "dense":
            n = torch.Size(shape).numel()
            return nn.Sequential(nn.Flatten(), nn.Linear(n, int(o["out"]))) if len(shape) > 1 else nn.Linear(n, int(o["out"]))
        if kind == "maxpool":
            k = int(o["size"])
            return nn.MaxPool2d(k, int(o.get("stride", k)), same_padding(o.get("pad"), k, "valid"))
        simple = {"relu": nn.ReLU, "flatten": nn.Flatten, "softmax": lambda: nn.Softmax(1),
                  "globalpool": lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
                  "dropout": lambda: nn.Dropout(float(o["p"])), "repeat": lambda: Repeat(int(o["out"]) // shape[0]),
                  "add": lambda: None}
        return simple[kind]()

    def load(self, tensors):
        names = {"scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var"}
        for name, part in self.parts.items():
            part = part[-1] if isinstance(part, nn.Sequential) and not isinstance(part[-1], nn.Flatten) else part
            for key, value in tensors.items():
                layer, _, what = key.rpartition(".")
                if layer == name:
                    getattr(part, names.get(what, what)).data.copy_(value)
        return self

    def forward(self, x):
        values = {"input": x}
        for name, inputs in self.steps:
            part = self.parts[name]
            x = values[inputs[0]] + values[inputs[1]] if len(inputs) > 1 else part(values[inputs[0]])
            values[name] = x
        return x


def load(path, has_softmax=True):
    tensors, metadata = read_safetensors(path)
    return Net(metadata["net"], has_softmax).load(tensors)


def face(shape, batch):
    """x[i] = (i * 7919 % 255) / 255, the input of every contestant."""
    n = batch * torch.Size(shape).numel()
    return (torch.arange(n) * 7919 % 255).float().div(255).reshape(batch, *shape)


def export(weights, path):
    """BN stays as it is: folding is the runtime's job."""
    net = load(weights).eval()
    torch.onnx.export(net, face(net.shape, 1), path, opset_version=12, training=torch.onnx.TrainingMode.PRESERVE,
                      do_constant_folding=False, input_names=["x"], output_names=["p"],
                      dynamic_axes={"x": {0: "n"}, "p": {0: "n"}})
