#!/usr/bin/env python3
"""A network camera (HTTP Motion JPEG, on the loopback) in the real window: refused unless asked for; it stalls, drops and comes
back; retries back off; and its name and password are in no output, session, setting or process list.
  streams.py FELTBOARD SOURCE_ROOT"""
import base64, os, re, signal, subprocess, sys, tempfile, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

feltboard, root = sys.argv[1:3]
dir = tempfile.TemporaryDirectory()
env = dict(os.environ, HOME=dir.name, XDG_CONFIG_HOME=dir.name + "/config", XDG_DATA_HOME=dir.name + "/data",
           XDG_STATE_HOME=dir.name + "/state", SDL_VIDEODRIVER="dummy", LC_ALL="C.UTF-8", FELTBOARD_DATADIR=root,
           FELTBOARD_LOG="debug")
secrets = ["geheim", "s3cret", "tok3n"]
failures, n_checks = [], 0


def check(is_true, text):
    global n_checks
    n_checks += 1
    if not is_true:
        failures.append(text)
        print("FAILED:", text)


# A grey 16x16 JPEG, made by hand: no library of pictures is needed. Tables of Annex K, one MCU of zeros.
def grey_jpeg():
    bits = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    def segment(marker, data):
        return bytes([0xff, marker]) + (len(data) + 2).to_bytes(2, "big") + data
    dc = bytes([0]) + bytes(bits) + bytes(range(12))
    ac = bytes([0x10]) + bytes([1] + [0] * 15) + bytes([0])  # one code, of one bit: end of block
    # four 8x8 blocks: difference 0 = code "00", end of block = "0"; padded with ones
    body = "000" * 4
    body += "1" * (-len(body) % 8)
    scan = bytes(int(body[i:i + 8], 2) for i in range(0, len(body), 8))
    return (b"\xff\xd8" + segment(0xdb, bytes([0]) + bytes([16] * 64)) + segment(0xc0, bytes([8, 0, 16, 0, 16, 1, 1, 0x11, 0])) +
            segment(0xc4, dc) + segment(0xc4, ac) + segment(0xda, bytes([1, 1, 0, 0, 63, 0])) + scan + b"\xff\xd9")


class Camera(BaseHTTPRequestHandler):
    state = "ok"  # ok, stall: silent; drop: hangs up; refuse: 503
    requests = []
    def log_message(self, *arguments):
        pass
    def do_GET(self):
        Camera.requests.append(time.monotonic())
        wanted = "Basic " + base64.b64encode(b"geheim:s3cret").decode()
        if Camera.state == "refuse":
            return self.send_error(503)
        if self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="cam"')
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace;boundary=b")
        self.end_headers()
        jpeg = grey_jpeg()
        try:
            while Camera.state in ("ok", "stall"):
                if Camera.state == "ok":
                    self.wfile.write(b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(jpeg), jpeg))
                    self.wfile.flush()
                time.sleep(0.04)
        except OSError:
            pass
        self.close_connection = True


server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://geheim:s3cret@127.0.0.1:{server.server_port}/cam.mjpg?token=tok3n"

# Not asked for: refused, and nobody is called.
for command in (["watch", url, "--accept-statement"], ["analyze", url], ["watch", "demo", url]):
    r = subprocess.run([feltboard, *command], env=dict(env, FELTBOARD_LOG="warn"), capture_output=True, text=True, timeout=60)
    check(r.returncode == (2 if "demo" in command else 3) and r.stderr.count("\n") == 1, f"{command[0]}: {r.returncode} {r.stderr}")
    check(not any(s in r.stderr + r.stdout for s in secrets), f"{command[0]}: the password is shown: {r.stderr}")
check(not Camera.requests, "the camera was called though nobody allowed it")

lines, changed = [], threading.Condition()
program = subprocess.Popen([feltboard, "watch", url, "--allow-network", "--record", "--accept-statement", "--stats-log", dir.name + "/log.csv"],
                           env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def read():
    for line in program.stderr:
        with changed:
            lines.append((time.monotonic(), line.rstrip()))
            changed.notify_all()


threading.Thread(target=read, daemon=True).start()


def wait(words, since, seconds):
    end = time.monotonic() + seconds
    with changed:
        while True:
            for at, line in lines:
                if at >= since and words in line:
                    return at
            left = end - time.monotonic()
            if left <= 0:
                return None
            changed.wait(left)


def count_rows():
    try:
        return sum(1 for _ in open(dir.name + "/log.csv")) - 1
    except OSError:
        return 0


end = time.monotonic() + 60
while count_rows() < 1 and time.monotonic() < end and program.poll() is None:
    time.sleep(0.05)
check(count_rows() >= 1, f"no picture of the stream: {lines[-3:]}")
command_line = open(f"/proc/{program.pid}/cmdline").read() if program.poll() is None else ""
check("127.0.0.1" in command_line and not any(s in command_line for s in secrets), f"the process list shows {command_line}")
# It goes silent: said after two seconds; it goes on: the picture is back at once.
begun = time.monotonic()
Camera.state = "stall"
check(wait("no picture comes", begun, 10), f"silence was not told: {lines[-3:]}")
begun = time.monotonic()
Camera.state = "ok"
check(wait("picture is back", begun, 10), "not back after silence")
# It hangs up and refuses for a while: tried again, each time later.
time.sleep(0.5)
begun = time.monotonic()
Camera.state = "refuse"
n_before = len(Camera.requests)
check(wait("trying again in", begun, 20), f"no word of trying again: {lines[-3:]}")
time.sleep(max(0, 4.5 - (time.monotonic() - begun)))
tries = Camera.requests[n_before:]
gaps = [b - a for a, b in zip(tries, tries[1:])]
check(2 <= len(tries) <= 6 and all(b > a * 1.3 for a, b in zip(gaps, gaps[1:])), f"tries {gaps} s apart do not back off")
Camera.state = "ok"
check(wait("picture is back", begun, 20), f"not back: {lines[-3:]}")
time.sleep(1)
program.send_signal(signal.SIGTERM)
out, _ = program.communicate(timeout=60)
check(program.returncode == 130, f"exit code {program.returncode}")
everything = out + "\n".join(l for _, l in lines)
check(not any(s in everything for s in secrets), "the password is in the output")
n_files = 0
for folder, _, names in os.walk(dir.name):
    for name in names + [folder]:
        path = os.path.join(folder, name)
        n_files += 1
        content = open(path, "rb").read() if os.path.isfile(path) else b""
        check(not any(s.encode() in content or s in path for s in secrets), f"the password is in {path}")
check(n_files >= 4, f"only {n_files} files to look through")
print(f"# {n_checks} checks, {len(failures)} failed; tries {['%.1f' % g for g in gaps]} s apart; {n_files} files looked through")
sys.exit(1 if failures else 0)
