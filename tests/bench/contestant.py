"""A benchmark's contestants: child processes that take orders on standard input and answer with milliseconds (the protocol
is in bench_core.c), so that several can be measured in turn."""
import subprocess


def may_be_real_time():
    """Whether we may keep other processes off the processors we measure on."""
    try:
        return subprocess.run(["chrt", "-r", "1", "true"], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


class Contestant:
    """with Contestant("core", [command...]) as c: c.times(0.5)"""

    def __init__(self, name, command, cpus=None, env=None, is_real_time=False):
        pin = (["chrt", "-r", "1"] if is_real_time else []) + (["taskset", "-c", cpus] if cpus else [])
        self.name = name
        self.process = subprocess.Popen(pin + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        words = self.process.stdout.readline().split()
        if not words or words[0] != "ready":
            raise RuntimeError(f"{name} does not start: {' '.join(command)}")
        self.version, self.check = words[1], float(words[2])

    def times(self, seconds):
        """Milliseconds of each run of about so many seconds."""
        print(seconds, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} has ended")
        return [float(ms) for ms in line.split()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
