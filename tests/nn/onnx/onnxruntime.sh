#!/bin/bash
# The same files through ONNX Runtime, for whoever has installed it (pip install onnxruntime numpy):
#   FELTBOARD_ONNXRUNTIME=python3 meson test onnxruntime
#   onnxruntime.sh TEST_ONNX
set -u
python=${FELTBOARD_ONNXRUNTIME:-}
[ -n "$python" ] || { echo "skipped: FELTBOARD_ONNXRUNTIME names no python with onnxruntime"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" --write "$work" >"$work/log" || { cat "$work/log"; exit 1; }
"$python" - "$work" <<'PY'
import glob, sys
import numpy as np
import onnxruntime
n = 0
for path in sorted(glob.glob(sys.argv[1] + "/*.onnx")):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    shape = session.get_inputs()[0].shape
    x = np.fromfile(path[:-4] + "x", np.float32).reshape([-1] + shape[1:])
    p = np.fromfile(path[:-4] + "p", np.float32)
    got = session.run(["p"], {"x": x})[0].ravel()
    worst = abs(got - p).max()
    name = path.split("/")[-1]
    print(f"{name}: differs by {worst:.2g}")
    assert got.shape == p.shape and worst <= 1e-4 * max(1, abs(p).max()), name
    n += 1
assert n >= 8
PY
