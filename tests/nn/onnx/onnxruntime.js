// Runs every NAME.onnx of a folder on NAME.x and compares with NAME.p (raw floats), to 1e-4 of the largest output.
'use strict';
const fs = require('fs');
const ort = require(process.env.ONNXRUNTIME);
const version = require(`${process.env.ONNXRUNTIME}/package.json`).version;
const MIN_FILES = 8;

const floats = path => {
  const bytes = fs.readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

async function differs(stem) {
  const session = await ort.InferenceSession.create(fs.readFileSync(`${stem}.onnx`), {executionProviders: ['cpu']});
  const x = floats(`${stem}.x`), p = floats(`${stem}.p`);
  const shape = session.inputMetadata[0].shape.slice(1);
  const dims = [x.length / shape.reduce((a, b) => a * b), ...shape];
  const got = (await session.run({x: new ort.Tensor('float32', x, dims)})).p.data;
  if (got.length !== p.length || p.length === 0)
    throw new Error(`${stem}: ${got.length} outputs instead of ${p.length}`);
  return [got.reduce((worst, v, i) => Math.max(worst, Math.abs(v - p[i])), 0), p.reduce((l, v) => Math.max(l, Math.abs(v)), 1)];
}

(async () => {
  const folder = process.argv[2];
  const stems = fs.readdirSync(folder).filter(name => name.endsWith('.onnx')).map(name => `${folder}/${name.slice(0, -5)}`);
  let nWrong = stems.length < MIN_FILES ? 1 : 0;
  for (const stem of stems.sort()) {
    const [worst, largest] = await differs(stem);
    const isWrong = !(worst <= 1e-4 * largest);
    console.log(`${stem.split('/').pop()}: differs by ${worst.toExponential(1)}${isWrong ? '  WRONG' : ''}`);
    nWrong += isWrong;
  }
  console.log(`ONNX Runtime ${version}: ${stems.length} files, ${nWrong} wrong`);
  process.exit(nWrong ? 1 : 0);
})();
