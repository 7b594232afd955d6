#!/usr/bin/python3
"""torch as a contestant (contestant.h): bench_torch.py script|eager|train THREADS WEIGHTS.safetensors BATCH
   or: bench_torch.py export WEIGHTS.safetensors NET.onnx

script: traced, frozen, optimized (oneDNN). train: steps of forward, backward and Adam. ATEN_CPU_CAPABILITY and
ONEDNN_MAX_CPU_ISA mask instruction sets. Needs python3-torch."""
import sys
import time

import torch
from torch import nn

import net_torch


def inference(net, x, is_script):
    net.eval()
    if is_script:
        net = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))

    def work():
        with torch.inference_mode():
            return net(x)
    check = (work()[0] * torch.arange(1, net(x).shape[1] + 1)).sum().item()
    return work, check


def training(net, x):
    net.train()
    y = torch.arange(x.shape[0]) % 8
    adam, loss = torch.optim.Adam(net.parameters()), nn.CrossEntropyLoss()

    def work():
        adam.zero_grad()
        value = loss(net(x), y)
        value.backward()
        adam.step()
        return value
    return work, work().item()


def obey(work):
    for line in sys.stdin:
        seconds, times = float(line), []
        while len(times) < 3 or sum(times) < 1e3 * seconds:
            start = time.perf_counter()
            work()
            times.append(1e3 * (time.perf_counter() - start))
        print(*(f"{ms:.5f}" for ms in times), flush=True)


def main(how, threads, weights, batch):
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    net = net_torch.load(weights, has_softmax=how != "train")
    x = net_torch.face(net.shape, int(batch))
    work, check = training(net, x) if how == "train" else inference(net, x, how == "script")
    print("ready", torch.__version__.split("a")[0], f"{check:.4f}", flush=True)
    obey(work)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "export":
        net_torch.export(*sys.argv[2:])
    elif len(sys.argv) == 5:
        main(*sys.argv[1:])
    else:
        sys.exit(__doc__)
