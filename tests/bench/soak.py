#!/usr/bin/env python3
"""The long run: the window on a live source, recording, for hours; then its log (a line a second: memory, descriptors, threads,
losses, delays) has to be flat: the last quarter against the second.
  tests/bench/soak.py FELTBOARD SOURCE_ROOT [--minutes 120] [--source demo] [--log FILE.csv]
With FAKECAM_SO set and --source /dev/video0 the test camera is the source. Through meson: meson test --benchmark soak, whose
minutes come from FELTBOARD_SOAK_MINUTES (120)."""
import argparse, csv, os, signal, statistics, subprocess, sys, tempfile, time

parser = argparse.ArgumentParser()
parser.add_argument("feltboard")
parser.add_argument("root")
parser.add_argument("--minutes", type=float, default=float(os.environ.get("FELTBOARD_SOAK_MINUTES", 120)))
parser.add_argument("--source", default="demo")
parser.add_argument("--log")
options = parser.parse_args()

dir = tempfile.TemporaryDirectory()
log = options.log or dir.name + "/soak.csv"
env = dict(os.environ, HOME=dir.name, XDG_CONFIG_HOME=dir.name + "/config", XDG_DATA_HOME=dir.name + "/data",
           SDL_VIDEODRIVER=os.environ.get("SDL_VIDEODRIVER", "dummy"), FELTBOARD_DATADIR=options.root)
if options.source.startswith("/dev/") and "FAKECAM_SO" in env:
    env["LD_PRELOAD"] = env["FAKECAM_SO"]
command = [options.feltboard, "watch", options.source, "--accept-statement", "--record", "--stats-log", log, "--faces", "10"]
program = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
end = time.monotonic() + 60 * options.minutes
while time.monotonic() < end and program.poll() is None:
    time.sleep(1)
program.send_signal(signal.SIGTERM)
_, err = program.communicate(timeout=120)
rows = list(csv.DictReader(open(log)))
failures = []
if program.returncode != 130:
    failures.append(f"exit code {program.returncode}: {err[-300:]}")
n = len(rows)
if n < 40 * options.minutes:
    failures.append(f"only {n} lines in {options.minutes:g} minutes")
early, late = rows[n // 4:n // 2], rows[3 * n // 4:]


def values(part, name):
    return [float(r[name]) for r in part]


def per_second(part, name):
    return (float(part[-1][name]) - float(part[0][name])) / (float(part[-1]["time_s"]) - float(part[0]["time_s"]))


print(f"{n} lines, {float(rows[-1]['time_s']) / 60:.1f} minutes, {options.source}")
# name, how much the last quarter may be above the second: a share and an amount
for name, share, amount in (("rss_kb", 0.03, 4096), ("fds", 0, 0), ("threads", 0, 0), ("screen_p50_ms", 0.5, 5), ("screen_p95_ms", 0.5, 15),
                            ("screen_p99_ms", 0.7, 30), ("label_p50_ms", 0.5, 15), ("label_p95_ms", 0.5, 40), ("label_p99_ms", 0.7, 60)):
    a, b = statistics.median(values(early, name)), statistics.median(values(late, name))
    is_flat = b <= a * (1 + share) + amount
    print(f"  {name:14} median of the second quarter {a:10.1f}, of the last {b:10.1f}{'' if is_flat else '   NOT FLAT'}")
    if not is_flat:
        failures.append(f"{name} grows from {a:.1f} to {b:.1f}")
for name in ("drawn", "shown"):
    a, b = statistics.mean(values(early, name)), statistics.mean(values(late, name))
    print(f"  {name:14} a second {a:10.1f}, {b:10.1f}")
    if b < 0.8 * a - 1:
        failures.append(f"{name} falls from {a:.1f} to {b:.1f} a second")
for name in ("dropped", "lost", "damaged", "record_dropped"):
    a, b = per_second(early, name), per_second(late, name)
    print(f"  {name:14} a second {a:10.2f}, {b:10.2f}")
    if b > 2 * a + 1:
        failures.append(f"{name} rises from {a:.2f} to {b:.2f} a second")
print("\n".join("FAILED: " + f for f in failures) or "flat")
sys.exit(1 if failures else 0)
