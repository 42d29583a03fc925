#!/usr/bin/env node
// The onnxruntime peer of generation: generation_onnxruntime.js FOLDER, with the models of export_onnx.py.
//
// Answers the requests of support/serve.hpp with task=generate (latent vectors that are already there to images) or
// task=identity (images to images: what Node and onnxruntime cost around the work). One thread.
// EIGENERATE_BENCHMARK_ONNXRUNTIME names the folder in which `npm install --ignore-scripts onnxruntime-node` ran.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");

function load() {
  const folders = [process.env.EIGENERATE_BENCHMARK_ONNXRUNTIME, process.cwd(), __dirname].filter(Boolean);
  const found = require.resolve("onnxruntime-node", { paths: folders });
  let folder = path.dirname(found);
  while (!fs.existsSync(path.join(folder, "package.json"))) folder = path.dirname(folder);
  return [require(found), require(path.join(folder, "package.json")).version];
}

async function timeSteps(step, seconds) {
  const now = () => Number(process.hrtime.bigint()) * 1e-9;
  const cpuNow = () => { const u = process.cpuUsage(); return 1e-6 * (u.user + u.system); };
  let before = now();
  await step();
  const block = Math.max(1, Math.floor(1e-3 / Math.max(now() - before, 1e-7)));
  let steps = 0;
  const wall = now(), cpu = cpuNow();
  do {
    for (let i = 0; i < block; ++i) await step();
    steps += block;
  } while (now() - wall < seconds);
  return { steps, wall: (now() - wall) / steps, cpu: (cpuNow() - cpu) / steps };
}

function peakMemoryMib() {
  return Number(/VmHWM:\s*(\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
}

async function main() {
  const [ort, version] = load();
  if (process.argv[2] === "--version") return console.log(version);
  const sessions = {};
  const session = async (name) => sessions[name] ??= await ort.InferenceSession.create(
    path.join(process.argv[2], `${name}.onnx`),
    { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential", graphOptimizationLevel: "all" });
  console.log(JSON.stringify({ program: "generation_onnxruntime", version: `onnxruntime ${version}, Node ${process.version}`,
                               precision: "float32", threads: 1 }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = Object.fromEntries(line.split(" ").map((word) => word.split("=")));
    const batch = Number(request.batch);
    const identity = request.task === "identity";
    const inputs = identity ? 784 : request.model.endsWith("vae") ? 20 : 100;
    const run = await session(identity ? "identity" : request.model);
    const x = new ort.Tensor("float32", Float32Array.from({ length: batch * inputs }, () => Math.random() - 0.5), [batch, inputs]);
    const step = async () => {
      const { y } = await run.run({ x });
      if (y.size !== batch * 784) throw new Error(`${y.size} values instead of ${batch} images`);
    };
    for (let i = 0; i < 20; ++i) await step();
    console.log(JSON.stringify({ ...await timeSteps(step, Number(request.seconds)), memory_mib: peakMemoryMib() }));
  }
}

main().catch((error) => { console.error(error.message); process.exit(1); });
