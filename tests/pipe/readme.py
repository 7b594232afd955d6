#!/usr/bin/env python3
"""Every command of README.md. Those in code blocks are run, one after the other as a reader would, in a folder of their own with
a lesson, a photograph and a tiny data set; the words that stand for something are in WORDS, what a command needs to be short
and how it ends in HOW: a command that is not there fails. Commands in the running text are looked up: the command and its
options in its --help, meson's tests and benchmarks in meson introspect.
  readme.py FELTBOARD FELTLAB SOURCE_ROOT BUILD_ROOT"""
import functools, glob, json, os, pty, re, resource, shutil, struct, subprocess, sys, tempfile, time, zlib
import checks
from checks import Program, check

feltboard, feltlab, root, build = sys.argv[1:5]
dir = tempfile.TemporaryDirectory()
work = dir.name
os.chdir(work)
env = dict(os.environ, HOME=work, XDG_DATA_HOME=work + "/data", XDG_CONFIG_HOME=work + "/config", XDG_STATE_HOME=work + "/state",
           SDL_VIDEODRIVER="dummy", LC_ALL="C.UTF-8", LANGUAGE="C", FELTBOARD_DATADIR=root, PATH=work + "/bin:" + os.environ["PATH"],
           PARALLEL_HOME=work + "/parallel")

# What a reader puts in.
WORDS = {"SESSION": lambda: max(glob.glob("data/feltboard/sessions/*/"), key=os.path.getmtime, default="none yet/")[:-1], # the last
         "DIR": lambda: "ferplus", "FILE": lambda: "pass"}
# Command -> options that make it short, exit code, and what else: a window is ended by a signal, a question is answered.
SHORT_TRAINING = "--epochs 1 --batch 8 --threads 1 --augment none"
HOW = {"feltboard": ("--accept-statement", 130, "window"), "feltboard watch": ("", 130, "window"),
       "feltboard FILE": ("", 130, "window"), "feltboard analyze": ("--every 10", 0, ""), "feltboard report": ("", 0, ""),
       "feltboard export": ("", 0, ""), "feltboard predict": ("", 0, ""), "feltboard sessions": ("", 0, ""),
       "feltlab explore": ("", 0, ""), "feltlab train": (SHORT_TRAINING, 0, ""), "feltlab evaluate": ("", 0, ""),
       "feltlab compare": ("", 0, ""), "feltlab export": ("", 0, ""), "feltlab bench": ("--batch 1", 0, ""), "parallel": ("", 0, ""),
       "sbatch": ("", 0, "")}
# Not run here, since they install, build or measure for minutes: scripts that have to be there, may be run and are well-formed.
# app/start builds as this test's own build did, tests/run runs this test, assets/make_deb is run by hand.
SCRIPTS = {"app/start", "tests/run", "assets/make_deb", "tests/fuzz/run.sh", "tests/bench/versus.py"}


def png(path, grey):
    rows = b"".join(b"\0" + bytes((grey + 3 * x * (y % 7)) % 256 for x in range(48)) for y in range(48))
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    open(path, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 48, 48, 8, 0, 0, 0, 0)) +
                           chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def make_data():
    """A FER+ folder: two pictures a class and part."""
    table = ["Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"]
    for usage, folder in (("Training", "FER2013Train"), ("PublicTest", "FER2013Valid"), ("PrivateTest", "FER2013Test")):
        os.makedirs("ferplus/" + folder)
        for i in range(16):
            name = f"fer{len(table):07d}.png"
            png(f"ferplus/{folder}/{name}", 11 * i + len(table))
            votes = [0] * 10
            votes[i % 8], votes[(i + 1) % 8] = 8, 2
            table.append(",".join([usage, name, *map(str, votes)]))
    open("ferplus/fer2013new.csv", "w").write("\n".join(table) + "\n")


def make_lesson():
    made = subprocess.run([feltboard, "analyze", "demo", "--duration", "0.5", "--faces", "2", "--size", "480x270", "--video", "--clean",
                           "--no-blur", "--every", "10", "--out", "made"], env=env, capture_output=True, text=True, timeout=120)
    if made.returncode:
        sys.exit(f"no lesson: {made.stderr}")
    video = made.stdout.strip() + "/video.mkv"
    os.mkdir("videos")
    for copy in ("lesson.mp4", "videos/a.mp4", "videos/b.mp4"):
        shutil.copy(video, copy)
    open("videos.txt", "w").write("videos/a.mp4\nvideos/b.mp4\n")
    if shutil.which("ffmpeg"):
        subprocess.run(["ffmpeg", "-v", "error", "-i", video, "-frames:v", "1", "-q:v", "2", "photo.jpg"], check=True, timeout=60)


def make_programs():
    """The two programs by name, and a Slurm that works its array off."""
    os.mkdir("bin")
    os.symlink(feltboard, "bin/feltboard")
    os.symlink(feltlab, "bin/feltlab")
    open("bin/sbatch", "w").write('#!/bin/bash\nrange=${1#--array=}\nfor i in $(seq ${range%-*} ${range#*-}); do\n'
                                  '    SLURM_ARRAY_TASK_ID=$i sh "$2" || exit\ndone\n')
    os.chmod("bin/sbatch", 0o755)


def shut(text):
    return " ".join(text.split())


def read_readme():
    """(code blocks, spans in the text), in order: a block is a list of lines; what follows # on a line is its comment."""
    blocks, text, block, is_fenced = [], [], [], False
    lines = open(root + "/README.md").read().split("\n")
    for i, line in enumerate(lines + [""]):
        if line.startswith("```"):
            is_fenced = not is_fenced
        is_code = is_fenced or line.startswith("    ") and (block or not lines[i - 1].strip())
        if is_code and not line.startswith("```"):
            block.append(line if is_fenced else line[4:])
        else:
            if block:
                blocks.append(block)
            block = []
            text.append(line)
    return blocks, [shut(s) for s in re.findall(r"`([^`]+)`", "\n".join(text))]


help_texts = {}


def help_of(*command):
    if command not in help_texts:
        r = subprocess.run([*command, "--help"], env=env, capture_output=True, text=True, timeout=60)
        check(r.returncode == 0, f"{' '.join(command)} --help: {r.returncode}")
        help_texts[command] = r.stdout
    return help_texts[command]


commands = {p: re.findall(r"^  ([a-z-]+) ", help_of(p), re.MULTILINE) for p in (feltboard, feltlab)}


def options_of(text):
    return re.findall(r"(?<![\w-])--[a-z-]+", text)


def has_option(help_text, option):
    return re.search(r"(?<![\w-])" + re.escape(option) + r"(?![\w-])", help_text) is not None


def key_of(command):
    """feltboard analyze, feltboard FILE, parallel."""
    words = command.split()
    if words[0] not in ("feltboard", "feltlab"):
        return words[0]
    program = feltboard if words[0] == "feltboard" else feltlab
    if len(words) > 1 and not words[1].startswith("-"):
        return f"{words[0]} {words[1] if words[1] in commands[program] else 'FILE'}"
    return words[0]


def look_up(command, what):
    """Its options, and those that its comment names, are in its help."""
    key = key_of(command).split()
    program = {"feltboard": feltboard, "feltlab": feltlab}.get(key[0])
    if not program:
        return
    text = help_of(program, *([key[1]] if key[1:] and key[1] != "FILE" else []))
    for option in options_of(what):
        check(option in ("--help", "--version") or has_option(text, option), f"{command}: {option} is not in its --help")
    for verb in re.findall(r"[a-z-]+", re.sub(r"^.*?also | [A-Z-]+", "", what)) if "also " in what else []:
        check(re.search(rf"[\s|]{verb}\b", text), f"{command}: '{verb}' is not in its --help")


@functools.cache
def meson_names(kind):
    listed = subprocess.run(["meson", "introspect", kind, build], capture_output=True, text=True, timeout=60).stdout
    return {t["name"] for t in json.loads(listed)}


def look_up_meson(command):
    words = command.split()
    if words[1] != "test":
        return check(False, f"{command}: not known here")
    is_benchmark = "--benchmark" in words
    kind = "--benchmarks" if is_benchmark else "--tests"
    names = [w for i, w in enumerate(words[2:], 2) if not w.startswith("-") and words[i - 1] != "-C"]
    check(set(names) <= meson_names(kind), f"{command}: meson knows no such {kind[2:-1]}")


@functools.cache
def script_help(path):
    if path.endswith(".py"):
        return subprocess.run([sys.executable, "-B", path, "--help"], capture_output=True, text=True, timeout=60).stdout
    check(subprocess.run(["bash", "-n", path]).returncode == 0, f"{path}: not well-formed")
    return None


def look_up_script(command):
    path = os.path.join(root, command.split()[0])
    check(os.access(path, os.X_OK), f"{path} cannot be run")
    text = script_help(path)
    check(text is None or all(has_option(text, o) for o in options_of(command)), f"{command}: an option is not in its --help")


def run_window(command):
    since = time.monotonic()
    program = Program(["bash", "-c", "exec " + command], dict(env, FELTBOARD_LOG="info"))
    check(program.wait(["ui: display"], since, 30), f"{command}: no window: {program.last()}")
    time.sleep(0.5)
    is_up = program.process.poll() is None
    code, _ = program.end()
    return code if is_up else -1, program.last()


def run_asked(command):
    """On a terminal; it asks for a passphrase, twice."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve("/bin/bash", ["bash", "-c", "exec " + command], env)
    said, n_answers = "", 0
    while True:
        try:
            new = os.read(terminal, 4096).decode(errors="replace")
        except OSError: # the terminal's other end is closed
            break
        said += new
        if not new:
            break
        if len(re.findall(r"(?:assphrase|again)[^\n]*: ", said)) > n_answers:
            n_answers += 1
            os.write(terminal, b"four words and more\n")
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    check(n_answers == 2, f"{command}: asked {n_answers} times: {said[-300:]}")
    return code, said[-300:]


def cpu_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command, comment=""):
    look_up(command, command + " " + comment)
    first = command.split()[0]
    if first in SCRIPTS:
        return look_up_script(command)
    if first == "meson":
        return look_up_meson(command)
    if not check(key_of(command) in HOW, f"README.md has '{command}', which HOW in this test does not know"):
        return
    if first == "parallel" and not shutil.which("parallel") or "photo.jpg" in command and not os.path.exists("photo.jpg"):
        print(f"not run, for want of {first if first == 'parallel' else 'ffmpeg'}: {command}")
        return
    extra, expected, kind = HOW[key_of(command)]
    real = re.sub(r"\b(" + "|".join(WORDS) + r")\b", lambda m: WORDS[m[1]](), command) + " " + extra
    begun = cpu_s()
    if "asks" in comment:
        code, said = run_asked(real)
    elif kind == "window":
        code, said = run_window(real)
    else:
        r = subprocess.run(["bash", "-c", real], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        code, said = r.returncode, r.stderr[-300:]
    seconds.append((cpu_s() - begun, command))
    check(code == expected, f"{command} (as {real}): exit code {code} instead of {expected}: {said}")
    for result in re.findall(r"(?:(?<= -o)|(?<=--out)|(?<=--chart)) (\S+)", real):
        check(os.path.exists(result), f"{command}: no {result}")


def keep_script(block, spans):
    """A block that is a file: its name is the last word of the command before it in the text, which is then run."""
    before = [s for s in spans if s.startswith("sbatch ")]
    if check(len(before) == 1, f"{len(before)} commands for one script"):
        open(before[0].split()[-1], "w").write("\n".join(block) + "\n")
        run(before[0])


seconds = []
make_data()
make_lesson()
make_programs()
os.symlink(root + "/models", "models")
os.makedirs("parallel")
open("parallel/will-cite", "w").close()
open("pass", "w").write("four words and more\n")
shutil.copy("models/feltboard-1.safetensors", "other.safetensors")
blocks, spans = read_readme()
for block in blocks:
    if block[0].startswith("#!"):
        keep_script(block, spans)
        continue
    for line in block:
        command, _, comment = line.partition(" #")
        if command.strip():
            run(shut(command), shut(comment))
n_blocks = len(seconds)

# In the text: named rather than written out.
everything = "".join(help_of(p, c) for p in commands for c in commands[p])
for span in spans:
    first = span.split()[0]
    if first in ("feltboard", "feltlab"):
        check(key_of(span) == first or not key_of(span).endswith("FILE"), f"`{span}`: no such command")
        look_up(span, span)
    elif first in SCRIPTS:
        look_up_script(span)
    elif first == "meson" and " " in span:
        look_up_meson(span)
    elif first.startswith("--"):
        check(all(has_option(everything, o) for o in options_of(span)), f"`{span}`: no such option")
check(n_blocks >= 20, f"only {n_blocks} commands were found in README.md")
slowest = sorted(seconds)[-4:]
checks.end(f"{len(seconds)} commands run; most work: {', '.join(f'{s:.1f} s {c[:40]}' for s, c in slowest)}")
