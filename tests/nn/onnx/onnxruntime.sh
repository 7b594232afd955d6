#!/bin/bash
# The same files through ONNX Runtime, for whoever has installed it (npm install onnxruntime-node):
#   ONNXRUNTIME=.../node_modules/onnxruntime-node meson test onnxruntime
#   onnxruntime.sh TEST_ONNX
set -u
cd "$(dirname "$0")"
export ONNXRUNTIME=${ONNXRUNTIME:-onnxruntime-node}
node -e 'require(process.env.ONNXRUNTIME)' 2>/dev/null ||
    { echo "skipped: node finds no $ONNXRUNTIME; ONNXRUNTIME may name the folder of the npm package onnxruntime-node"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" --write "$work" >"$work/log" || { cat "$work/log"; exit 1; }
node onnxruntime.js "$work"
