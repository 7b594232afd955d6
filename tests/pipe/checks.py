"""What the Python tests share: checks that are counted, and a program whose lines on stderr are waited for."""
import signal, subprocess, sys, threading, time

n_checks, failures = 0, []


def check(is_true, text):
    global n_checks
    n_checks += 1
    if not is_true:
        failures.append(text)
        print("FAILED:", text)
    return bool(is_true)


def end(figures=""):
    print(f"# {n_checks} checks, {len(failures)} failed{'; ' if figures else ''}{figures}")
    sys.exit(1 if failures or not n_checks else 0)


class Program:
    def __init__(self, command, env, **how):
        self.lines, self.changed = [], threading.Condition()
        self.process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **how)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append((time.monotonic(), line.rstrip()))
                self.changed.notify_all()

    def wait(self, words, since, seconds):
        """The first line after since that holds all words, with its time; None in vain."""
        last = time.monotonic() + seconds
        with self.changed:
            while True:
                for at, line in self.lines:
                    if at >= since and all(w in line for w in words):
                        return at, line
                left = last - time.monotonic()
                if left <= 0:
                    return None
                self.changed.wait(left)

    def last(self):
        return [line for _, line in self.lines[-3:]]

    def end(self, signal_number=signal.SIGTERM):
        """Exit code and stdout (of a program that says little there); all lines are read then."""
        self.process.send_signal(signal_number)
        code = self.process.wait(timeout=60)
        self.reader.join()
        return code, self.process.stdout.read()
