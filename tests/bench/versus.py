#!/usr/bin/python3
"""The core's speed against other runtimes on the same weights and input, in turns on the same processors.

    versus.py [--build DIR] [--nets A,B] [--batches 1,8] [--threads 1] [--peers opencv,ort,torch] [--kernel NAME] [--weights half|whole]
              [--train] [--rounds N] [--seconds S] [--real-time] [--json] [--check FILE | --commit FILE] [--skip REASON]

A round measures each contestant once; its ratio is the peer's median over the core's of the same round, and the median
over the rounds is what counts. p99 is over all runs. One thread runs with real-time priority where we may have it
(--real-time: several, too). --check fails where a ratio stays below three quarters of FILE's for this kernel in four
tries; --commit writes them there, the lowest of several runs (delete FILE to begin anew); both take the ratio of the fastest tenths (of all tries), since another process can only
make a run slower. Peers that are not installed are left out and named:
opencv (libopencv-dnn-dev when the project was configured), torch (python3-torch), ort (npm's onnxruntime-node, its folder in
ONNXRUNTIME; python3-torch makes its ONNX file)."""
import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

from contestant import Contestant, may_be_real_time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SHARE = 0.75  # of the committed ratio that must be left
TRIES = 4
PEERS = ("opencv", "ort", "torch")
MASKS = {"OPENCV_CPU_DISABLE": "AVX512-SKX", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}


def output_of(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine():
    with open("/proc/cpuinfo") as file:
        about = dict(line.rstrip("\n").split("\t", 1) for line in file if "\t" in line)
    clean = {k.strip(): v.strip("\t: ") for k, v in about.items()}
    return (f"{clean.get('model name', 'unknown processor')} (family {clean.get('cpu family')}, model {clean.get('model')}), "
            f"{len(os.sched_getaffinity(0))} processors")


def net_path(name):
    return next(p for p in (f"{ROOT}/models/{name}.net", f"{HERE}/{name}.net", name) if os.path.exists(p))


def is_installed(peer, build):
    if peer == "opencv":
        return os.path.exists(f"{build}/tests/bench/bench_opencv")
    has_torch = output_of("/usr/bin/python3", "-c", "import torch; print(1)") == "1"
    return has_torch and (peer == "torch" or output_of("node", "-p", f"require('{ort_folder()}') && 1") == "1")


def ort_folder():
    return os.environ.get("ONNXRUNTIME", "onnxruntime-node")


class Contest:
    """One net with its weights in a scratch folder."""

    def __init__(self, args, folder, name):
        self.args, self.name, self.fast = args, name, {}
        self.weights, self.onnx = f"{folder}/{name}.safetensors", f"{folder}/{name}.onnx"
        subprocess.run([f"{args.build}/tests/bench/bench_core", "--save", self.weights, net_path(name), "1"], check=True)
        if "ort" in args.peers and not args.train:
            subprocess.run(["/usr/bin/python3", f"{HERE}/bench_torch.py", "export", self.weights, self.onnx], check=True,
                           stdout=subprocess.DEVNULL)

    def core(self, batch, threads):
        kernel = ["--kernel", self.args.kernel] if self.args.kernel else []
        train = (["--train"] if self.args.train else []) + ([f"--{self.args.weights}"] if self.args.weights else [])
        return [f"{self.args.build}/tests/bench/bench_core", "--threads", str(threads), *kernel, *train, self.weights, str(batch)]

    def peer(self, peer, batch, threads):
        if peer == "opencv":
            return [f"{self.args.build}/tests/bench/bench_opencv", "--threads", str(threads), self.weights, str(batch)]
        if peer == "torch":
            how = "train" if self.args.train else "script"
            return ["/usr/bin/python3", f"{HERE}/bench_torch.py", how, str(threads), self.weights, str(batch)]
        with open(net_path(self.name)) as file:
            shape = "x".join(re.search(r"^input (.*)$", file.read(), re.M).group(1).split()[:3])
        return ["node", f"{HERE}/bench_ort.js", str(threads), self.onnx, str(batch), shape]

    def run(self, batch, threads):
        cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))[-threads:]))
        env = {**os.environ, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
        if self.args.kernel == "fast-avx2":
            env.update(MASKS)
        is_real_time = (threads == 1 or self.args.real_time) and may_be_real_time()
        commands = {"core": self.core(batch, threads), **{p: self.peer(p, batch, threads) for p in self.args.peers}}
        with contextlib.ExitStack() as stack:
            all_of = [stack.enter_context(Contestant(n, c, cpus, env, is_real_time)) for n, c in commands.items()]
            times = {c.name: [] for c in all_of}
            for c in all_of:
                c.times(0.1)
            for _ in range(self.args.rounds):
                for c in all_of:
                    times[c.name].append(c.times(self.args.seconds))
            return [self.row(c, all_of[0], times, batch, threads) for c in all_of]

    def note_fast(self, name, batch, threads, every):
        """The fastest tenth of all tries so far."""
        key = name, batch, threads
        self.fast[key] = min(self.fast.get(key, float("inf")), every[len(every) // 10])

    def row(self, c, core, times, batch, threads):
        medians = [statistics.median(t) for t in times[c.name]]
        ratios = [m / statistics.median(t) for m, t in zip(medians, times["core"])]
        every = sorted(t for round_ in times[c.name] for t in round_)
        self.note_fast(c.name, batch, threads, every)
        return {"net": self.name, "batch": batch, "threads": threads, "what": "training" if self.args.train else "inference",
                "contestant": c.name, "version": c.version, "kernel": core.version,
                "ms_per_face": statistics.median(every) / batch,
                "p99_ms_per_face": every[min(len(every) - 1, int(0.99 * len(every)))] / batch,
                "ratio": statistics.median(ratios),
                "fast_ratio": self.fast[c.name, batch, threads] / self.fast["core", batch, threads], "difference": abs(c.check - core.check)}


def print_row(r):
    print(f"{r['net']:16}{r['what']:10} batch {r['batch']:3}  threads {r['threads']}  {r['contestant']:7}{r['version']:12}"
          f"{r['ms_per_face']:9.4f} ms/face, p99 {r['p99_ms_per_face']:9.4f}   ratio {r['ratio']:5.2f}"
          f"   difference {r['difference']:.0e}", flush=True)


def key_of(row):
    return f"{row['net']} {row['what']} batch {row['batch']} threads {row['threads']} {row['contestant']}"


def agree(row):
    """Dropout makes losses differ, and rounding makes trainings part."""
    return row["what"] == "training" or row["difference"] < 2e-2


def failures(rows, committed):
    for row in rows:
        wanted = committed.get(row["kernel"], {}).get(key_of(row))
        if wanted and row["fast_ratio"] < SHARE * wanted:
            yield f"{key_of(row)}: ratio {row['fast_ratio']:.2f}, committed {wanted:.2f} ({row['kernel']})"
        if not agree(row):
            yield f"{key_of(row)}: the check differs by {row['difference']:.3f}"


def measure(args, committed):
    """All rows, and what failed in every try."""
    rows, failed = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in args.nets:
            contest = Contest(args, folder, name)
            for threads in args.threads:
                for batch in args.batches:
                    now = contest.run(batch, threads)
                    for _ in range(TRIES - 1):
                        if not args.check or not list(failures(now, committed)):
                            break
                        print(f"{name} batch {batch}: below what is committed; once more", file=sys.stderr)
                        time.sleep(1)
                        now = contest.run(batch, threads)
                    failed += failures(now, committed) if args.check else [f for f in failures(now, {})]
                    rows += now
                    if not args.json:
                        for row in now:
                            print_row(row)
    return rows, failed


def commit(path, rows):
    committed = {}
    if os.path.exists(path):
        with open(path) as file:
            committed = json.load(file)
    for row in rows:
        if row["contestant"] != "core":
            kept = committed.setdefault(row["kernel"], {})
            kept[key_of(row)] = min(kept.get(key_of(row), float("inf")), round(row["fast_ratio"], 2))
    with open(path, "w") as file:
        json.dump(committed, file, indent=1, sort_keys=True)
        file.write("\n")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    numbers = lambda text: [int(n) for n in text.split(",")]
    words = lambda text: text.split(",")
    parser.add_argument("--build", default=f"{ROOT}/build")
    parser.add_argument("--nets", type=words, default=words("bn_dropout_aug,baseline,feltboard-1,resnet50,vgg13"))
    parser.add_argument("--batches", type=numbers, default=[1, 8])
    parser.add_argument("--threads", type=numbers, default=[1])
    parser.add_argument("--peers", type=words, default=list(PEERS))
    parser.add_argument("--kernel")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--weights", choices=("half", "whole"), help="the core's; default: half for nets larger than the caches")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--real-time", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check")
    parser.add_argument("--skip", metavar="REASON", help="say so and leave as a skipped test")
    parser.add_argument("--commit")
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    return args


def main():
    args = parse()
    if args.skip:
        print(f"skipped: {args.skip}")
        return 77
    if args.train:
        args.peers = [p for p in args.peers if p == "torch"]
    missing = [p for p in args.peers if not is_installed(p, args.build)]
    args.peers = [p for p in args.peers if p not in missing]
    if args.check and not args.peers:
        print(f"skipped: not installed: {', '.join(missing)}")
        return 77
    about = {"processor": machine(), "commit": output_of("git", "describe", "--always", "--dirty"), "missing": missing}
    if not args.json:
        print(f"{about['processor']}; commit {about['commit']}" + (f"; not installed: {', '.join(missing)}" if missing else ""))
    committed = {}
    if args.check:
        with open(args.check) as file:
            committed = json.load(file)
    rows, failed = measure(args, committed)
    if args.json:
        print(json.dumps({**about, "results": rows}))
    if args.commit:
        commit(args.commit, rows)
    for line in failed:
        print(f"FAILED {line}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
