// ONNX Runtime as a contestant (contestant.h): node bench_ort.js THREADS NET.onnx BATCH CxHxW
// ONNXRUNTIME: the folder of the npm package onnxruntime-node, if node does not find it by itself.
'use strict';
const [threads, path, batch, shape] = process.argv.slice(2);
const folder = process.env.ONNXRUNTIME || 'onnxruntime-node';
const ort = require(folder);
const version = require(`${folder}/package.json`).version;
const nowMs = () => Number(process.hrtime.bigint()) * 1e-6;

async function obey(session, x, seconds) {
  const times = [];
  for (let sum = 0; times.length < 3 || sum < 1e3 * seconds;) {
    const start = nowMs();
    await session.run({x});
    times.push(nowMs() - start);
    sum += times[times.length - 1];
  }
  console.log(times.map(ms => ms.toFixed(5)).join(' '));
}

(async () => {
  const session = await ort.InferenceSession.create(require('fs').readFileSync(path), {
    executionProviders: ['cpu'], intraOpNumThreads: Number(threads), interOpNumThreads: 1, graphOptimizationLevel: 'all',
  });
  const dims = [Number(batch), ...shape.split('x').map(Number)];
  const n = dims.reduce((a, b) => a * b);
  const x = new ort.Tensor('float32', Float32Array.from({length: n}, (_, i) => (i * 7919 % 255) / 255), dims);
  const out = await session.run({x});
  const check = out.p.data.slice(0, out.p.dims[1]).reduce((s, p, i) => s + (i + 1) * p, 0);
  console.log(`ready ${version} ${check.toFixed(4)}`);
  for await (const line of require('readline').createInterface({input: process.stdin}))
    await obey(session, x, Number(line));
})();
