#!/usr/bin/env python3
"""Network cameras (HTTP and RTSP, on the loopback) in the real window: refused unless asked for; silence, a wrong password and a
mute machine are told; it stalls, refuses, goes and comes back; retries back off; and the camera's user, password and token
are in no output, session, setting, log or process list.
  streams.py FELTBOARD SOURCE_ROOT"""
import os, subprocess, sys, tempfile, threading, time
import checks, net_cameras
from checks import Program, check

feltboard, root = sys.argv[1:3]
dir = tempfile.TemporaryDirectory()
figures = []


def env_of(home):
    return dict(os.environ, HOME=home, XDG_CONFIG_HOME=home + "/config", XDG_DATA_HOME=home + "/data", XDG_STATE_HOME=home + "/state",
                SDL_VIDEODRIVER="dummy", LC_ALL="C.UTF-8", FELTBOARD_DATADIR=root, FELTBOARD_LOG="debug")


def shows_secret(text):
    return any(s in text for s in net_cameras.SECRETS)


def refused(home, code, words, *command):
    """One line that has the words and no secret."""
    r = subprocess.run([feltboard, *command], env=dict(env_of(home), FELTBOARD_LOG="warn"), capture_output=True, text=True, timeout=60)
    what = f"{command[0]} {command[-1].split(':')[0]}"
    check(r.returncode == code and r.stderr.count("\n") == 1 and words in r.stderr, f"{what}: {r.returncode} {r.stderr}")
    check(not shows_secret(r.stderr + r.stdout), f"{what}: the password is shown: {r.stderr}")


def count_rows(path):
    try:
        return sum(1 for _ in open(path)) - 1
    except OSError:
        return 0


def back_off(camera, program, name):
    """The camera refuses: each try comes later than the one before."""
    begun, n_before = time.monotonic(), len(camera.calls)
    camera.state = "refuse"
    check(program.wait(["trying again in"], begun, 20), f"{name}: no word of trying again: {program.last()}")
    time.sleep(max(0, 4.5 - (time.monotonic() - begun)))
    tries = camera.calls[n_before:]
    gaps = [b - a for a, b in zip(tries, tries[1:])]
    check(2 <= len(tries) <= 6 and all(b > a * 1.3 for a, b in zip(gaps, gaps[1:])), f"{name}: tries {gaps} s apart do not back off")
    figures.append(f"{name}: tries {', '.join('%.1f' % g for g in gaps)} s apart")


def live(camera, home, name):
    log = home + "/log.csv"
    program = Program([feltboard, "watch", camera.url(), "--allow-network", "--record", "--accept-statement", "--stats-log", log],
                      env_of(home))
    last = time.monotonic() + 60
    while count_rows(log) < 1 and time.monotonic() < last and program.process.poll() is None:
        time.sleep(0.05)
    check(count_rows(log) >= 1, f"{name}: no picture: {program.last()}")
    command_line = open(f"/proc/{program.process.pid}/cmdline").read() if program.process.poll() is None else ""
    check("127.0.0.1" in command_line and not shows_secret(command_line), f"{name}: the process list shows {command_line}")
    begun = time.monotonic()
    camera.state = "stall"
    check(program.wait(["no picture comes"], begun, 10), f"{name}: silence was not told: {program.last()}")
    begun = time.monotonic()
    camera.state = "ok"
    check(program.wait(["picture is back"], begun, 10), f"{name}: not back after silence: {program.last()}")
    time.sleep(0.5)
    back_off(camera, program, name)
    camera.state = "ok"
    check(program.wait(["picture is back"], begun + 1, 20), f"{name}: not back: {program.last()}")
    begun = time.monotonic()
    camera.stop()
    check(program.wait(["efused"], begun, 20), f"{name}: a machine that is gone was not told: {program.last()}")
    camera.start()
    check(program.wait(["picture is back"], begun, 20), f"{name}: not back from a new start: {program.last()}")
    time.sleep(0.5)
    code, out = program.end()
    check(code == 130, f"{name}: exit code {code}")
    check(not shows_secret(out + "\n".join(l for _, l in program.lines)), f"{name}: the password is in the output")


def look_through(home):
    n_files = 0
    for folder, _, names in os.walk(home):
        for path in [folder] + [os.path.join(folder, n) for n in names]:
            n_files += 1
            content = open(path, "rb").read() if os.path.isfile(path) else b""
            check(not any(s.encode() in content or s in path for s in net_cameras.SECRETS), f"the password is in {path}")
    check(n_files >= 6, f"only {n_files} files to look through in {home}")
    figures.append(f"{n_files} files looked through")


def story(make, name):
    try:
        camera, home = make(), f"{dir.name}/{name}"
        os.mkdir(home)
        refused(home, 3, "--allow-network", "watch", camera.url(), "--accept-statement")
        refused(home, 3, "--allow-network", "analyze", camera.url())
        refused(home, 2, "one source", "watch", "demo", camera.url())
        check(not camera.calls, f"{name}: the camera was called though nobody allowed it")
        refused(home, 3, "401", "analyze", "--allow-network", camera.url(net_cameras.WRONG))
        check(camera.calls, f"{name}: the camera was never called")
        camera.state = "mute"
        refused(home, 3, "no answer within 5 s", "analyze", "--allow-network", camera.url())
        camera.state = "ok"
        live(camera, home, name)
        look_through(home)
    except Exception as problem:  # of this thread; the other's checks are still worth having
        check(False, f"{name}: {problem!r}")


stories = [threading.Thread(target=story, args=a) for a in ((net_cameras.http_camera, "http"), (net_cameras.rtsp_camera, "rtsp"))]
for thread in stories:
    thread.start()
for thread in stories:
    thread.join()
checks.end("; ".join(sorted(figures)))
