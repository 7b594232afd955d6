#!/usr/bin/env python3
"""Writes resnet50.txt and mini.txt beside itself: what PyTorch computes, in double, of networks whose numbers
come from a hash, so that test_golden.c can make the same ones. Debian: python3-torch python3-torchvision.

Lines: `tensor NAME SIZE...` (the state as PyTorch names it), `row KIND v...` (logits of one picture),
`number KIND v`, `check KIND NAME sum norm` (sum of elements times hashed weights in -1..1, root of squares).
"""
import os
import numpy as np
import torch
import torch.nn.functional as F
import torchvision

M64 = (1 << 64) - 1
torch.set_default_dtype(torch.float64)


def uniform(name, n):
    """float32 in -1..1 from FNV-1a of the name and SplitMix64 of the index."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & M64
    with np.errstate(over="ignore"):
        z = np.uint64(h) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float32) / np.float32(1 << 23) - np.float32(1)


def value_of(name, shape):
    """The tensor that stands under this name."""
    u = uniform(name, int(np.prod(shape)))
    if len(shape) > 1:
        u = u * np.float32(np.sqrt(6 / np.prod(shape[1:])))
    elif name.endswith("running_var"):
        u = np.float32(1) + np.float32(0.5) * u
    elif name.endswith("weight"):
        u = np.float32(0.5) + np.float32(0.25) * u
    else:
        u = np.float32(0.1) * u
    return torch.from_numpy(u.astype(np.float64).reshape(shape))


def fill(model):
    state = {k: v if k.endswith("num_batches_tracked") else value_of(k, v.shape) for k, v in model.state_dict().items()}
    model.load_state_dict(state)


def inputs(n, side):
    return torch.from_numpy(2 * uniform("input", n * side * side).astype(np.float64).reshape(n, 1, side, side))


def targets(n, k):
    t = torch.from_numpy(uniform("target", n * k).astype(np.float64).reshape(n, k)) + 1.01
    return t / t.sum(1, keepdim=True)


def cross_entropy(z, t):
    return -(t * F.log_softmax(z, 1)).sum(1).mean()


def binary(z, t):
    p = F.softmax(z, 1)
    return -(t * p.log() + (1 - t) * (1 - p).log()).sum(1).mean()


class Writer:
    def __init__(self, name):
        self.file = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "w")

    def tensors(self, model):
        for name, v in model.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                print("tensor", name, *v.shape, file=self.file)

    def rows(self, kind, z):
        for row in z.detach():
            print("row", kind, *("%.9g" % v for v in row), file=self.file)

    def number(self, kind, v):
        print("number", kind, "%.9g" % v, file=self.file)

    def check(self, kind, name, t):
        x = t.detach().numpy().ravel()
        print("check", kind, name, "%.9g %.9g" % ((x * uniform("check", x.size)).sum(), np.sqrt((x * x).sum())), file=self.file)

    def statistics(self, kind, model):
        for name, v in model.state_dict().items():
            if "running" in name:
                self.check(kind, name, v)

    def gradients(self, model, kind="gradient"):
        for name, p in model.named_parameters():
            if p.grad is not None:
                self.check(kind, name, p.grad)


class Head(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.bn0 = torch.nn.BatchNorm1d(8192)
        for i, n in enumerate([8192, 32, 32], 1):
            self.add_module(str(i), torch.nn.Linear(n, 32))
            self.add_module("bn%d" % i, torch.nn.BatchNorm1d(32))
        self.out = torch.nn.Linear(32, 8)

    def forward(self, x):  # the test leaves dropout out
        x = self.bn0(x.flatten(1))
        for i in "123":
            x = F.relu(self._modules["bn" + i](self._modules[i](x)))
        return self.out(x)


class ResNet50(torch.nn.Module):
    def __init__(self):
        super().__init__()
        base = torchvision.models.resnet50()
        for name, module in base.named_children():
            if name not in ("avgpool", "fc"):
                self.add_module(name, module)
        self.head = Head()

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x.repeat(1, 3, 1, 1)))))
        return self.head(self.layer4(self.layer3(self.layer2(self.layer1(x)))))


def resnet50():
    w, model, n = Writer("resnet50.txt"), ResNet50(), 8
    fill(model)
    w.tensors(model)
    x, t = inputs(n, 48), targets(n, 8)
    w.rows("eval", model.eval()(x))
    z = model.train()(x)
    loss = cross_entropy(z, t)
    loss.backward()
    w.rows("train", z)
    w.number("loss", loss.item())
    w.gradients(model)
    w.statistics("statistics", model)
    # fine-tuning: the base frozen, its batch normalisation in inference mode
    fill(model)
    model.zero_grad(set_to_none=True)
    model.eval()
    model.head.train()
    for name, p in model.named_parameters():
        p.requires_grad_(name.startswith("head"))
    z = model(x)
    cross_entropy(z, t).backward()
    w.rows("frozen", z)
    w.gradients(model, "frozen")


class Mini(torch.nn.Module):
    """mini_net of test_golden.c."""

    def __init__(self):
        super().__init__()
        self.a = torch.nn.Conv2d(1, 8, 3, padding=1, bias=False)
        self.b = torch.nn.BatchNorm2d(8, momentum=0.2, eps=1e-3)
        self.c = torch.nn.Conv2d(8, 12, 3, stride=2)
        self.d = torch.nn.Conv2d(12, 12, 5, padding=2, bias=False)
        self.e = torch.nn.BatchNorm2d(12)
        self.f = torch.nn.Linear(12 * 2 * 2, 20)
        self.g = torch.nn.Linear(20, 8)

    def forward(self, x):
        x = F.max_pool2d(F.leaky_relu(self.b(self.a(x)), 0.1), 3, 2, 1)
        x = F.relu(self.c(x))
        x = F.relu(x + self.e(self.d(x)))
        x = F.avg_pool2d(x, 2)
        return self.g(F.relu(self.f(x.flatten(1))))


def groups(model, decay):
    weights = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    return [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0}]


def mini():
    w, model, n = Writer("mini.txt"), Mini(), 6
    w.tensors(model)
    x, t = inputs(n, 20), targets(n, 8)
    makers = {
        "sgd": lambda g: torch.optim.SGD(g, lr=0.05, momentum=0.9, nesterov=True),
        "adam": lambda g: torch.optim.AdamW(g, lr=0.01),
    }
    fill(model)
    w.rows("eval", model.eval()(x))
    for loss_name, loss_of in ("cross-entropy", cross_entropy), ("binary", binary):
        fill(model)
        model.zero_grad()
        loss = loss_of(model.train()(x), t)
        loss.backward()
        w.number(loss_name, loss.item())
        w.gradients(model, loss_name)
    for name, make in makers.items():
        fill(model)
        optimizer = make(groups(model, 0.01))
        model.train()
        for _ in range(3):
            optimizer.zero_grad()
            cross_entropy(model(x), t).backward()
            optimizer.step()
        for key, v in model.state_dict().items():
            if not key.endswith("num_batches_tracked"):
                w.check(name, key, v)


resnet50()
mini()
