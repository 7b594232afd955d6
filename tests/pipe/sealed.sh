#!/bin/bash
# Sessions under a passphrase, by the commands: nothing of them is readable on the disk at any stage, every command
# works with the passphrase and says what is wrong without, and the passphrase is asked for without echo.
#   sealed.sh FELTBOARD
set -u
feltboard=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config SDL_VIDEODRIVER=dummy HOME=$work
n=0 n_failed=0
fail() { echo "FAILED: $*"; n_failed=$((n_failed + 1)); }
# expect CODE WORDS COMMAND...: that exit code, and WORDS on stderr or stdout
expect() {
    local code=$1 words=$2 got
    shift 2
    n=$((n + 1))
    timeout 60 "$@" >out 2>err </dev/null
    got=$?
    [ $got = "$code" ] && { [ -z "$words" ] || cat out err | grep -qiE -- "$words"; } || fail "$* -> exit $got, expected $code with '$words': $(head -c 300 err out)"
}
umask 000
echo 'correct horse battery' >pass
echo 'wrong horse battery' >wrong
plain() { # nothing shows in any of the session's files
    n=$((n + 1))
    local found
    found=$(grep -rlaE 'Zebediah|Quux|SQLite format|[Mm]atroska|x264|V_MPEG4|happiness|Student|WEBVTT|demo' "$1") && fail "readable: $found"
    found=$(grep -rlaP '\x1a\x45\xdf\xa3' "$1") && fail "Matroska: $found"
    [ -z "$(find "$1" -type f ! -perm 600)$(find "$1" -mindepth 1 -type d ! -perm 700)" ] || fail "modes: $(ls -lR "$1")"
}
expect 3 'no such' "$feltboard" analyze demo --duration 0.2 --out none --passphrase-file missing
expect 5 'no terminal' setsid "$feltboard" analyze demo --duration 0.2 --out none --lock
echo short >short
expect 2 'passphrase has' "$feltboard" analyze demo --duration 0.2 --out none --passphrase-file short
expect 0 _sealed "$feltboard" analyze demo --duration 1.5 --size 640x360 --faces 2 --video --no-blur --session Zebediah --out s --passphrase-file pass
session=$(cat out)
plain s
key="--passphrase-file pass"
expect 0 sealed "$feltboard" sessions list s
expect 0 '"sealed":true' "$feltboard" sessions list s --json
expect 5 'no terminal' setsid "$feltboard" sessions show "$session"
expect 5 'passphrase is wrong' "$feltboard" sessions show "$session" --passphrase-file wrong
expect 0 'Zebediah' "$feltboard" sessions show "$session" $key
expect 0 whole "$feltboard" sessions verify "$session" $key
for format in csv vtt eaf; do expect 0 . "$feltboard" export "$session" --format $format $key; done
"$feltboard" export "$session" --passphrase-fd 7 7<pass >rows.csv 2>err || fail "--passphrase-fd: $(cat err)"
[ "$(grep -vc '^#' rows.csv)" -gt 40 ] || fail "rows: $(wc -l <rows.csv)"
expect 0 '' "$feltboard" report "$session" -o page.html $key
grep -q 'Zebediah' page.html || fail "the report does not know the session"
expect 0 '' "$feltboard" sessions rename "$session" "Zebediah Quux" $key
expect 0 'Zebediah Quux' "$feltboard" sessions show "$session" $key
expect 0 '' "$feltboard" sessions forget-student "$session" 1 $key
expect 0 whole "$feltboard" sessions repair "$session" $key
expect 0 'index.html' "$feltboard" sessions index s -o index.html
grep -q 'sealed with a passphrase' index.html || fail "the index says nothing of a sealed session"
expect 0 'frames analysed' "$feltboard" analyze "$session/video.mkv" --every 10 --out again $key
plain s
expect 5 'no terminal' setsid "$feltboard" analyze "$session/video.mkv" --out none
n=$((n + 1))
timeout 4 "$feltboard" replay "$session" --accept-statement $key >out 2>err
[ $? = 124 ] || [ $? = 130 ] || grep -q 'interrupted' err || fail "replay: $(cat err)"
expect 5 'wrong' "$feltboard" replay "$session" --accept-statement --passphrase-file wrong
plain s

# Typed on a terminal: not shown.
n=$((n + 1))
python3 - "$feltboard" "$session" <<'PY' || fail "asking on a terminal"
import os, pty, sys, time, select
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "sessions", "verify", sys.argv[2]])
seen, end = b"", time.time() + 30
while b"Passphrase of" not in seen and time.time() < end:
    if select.select([fd], [], [], 1)[0]: seen += os.read(fd, 4096)
time.sleep(0.2)
os.write(fd, b"correct horse battery\n")
try:
    while time.time() < end:
        if select.select([fd], [], [], 1)[0]: seen += os.read(fd, 4096)
except OSError:
    pass
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
assert code == 0 and b"whole" in seen and b"horse" not in seen, (code, seen)
PY

# Harm: told apart. Repair rebuilds what a damaged database still has.
cp -r "$session" cut; truncate -s -3000 cut/video.mkv
expect 3 'cut short' "$feltboard" sessions verify cut $key
cp -r "$session" cutdb; truncate -s -40000 cutdb/session.db
expect 3 'cut short' "$feltboard" sessions verify cutdb $key
flip() { python3 -c "
import sys; f = open(sys.argv[1], 'r+b'); f.seek(int(sys.argv[2])); b = f.read(1); f.seek(-1, 1); f.write(bytes([b[0] ^ 1]))" "$@"; }
# (One flipped bit in the chunk written last would be mended from the redo place.)
cp -r "$session" bad; flip bad/video.mkv 73900; flip bad/video.mkv 4300
expect 6 'changed' "$feltboard" sessions verify bad $key
cp -r "$session" baddb; flip baddb/session.db 73900; flip baddb/session.db 4300
expect 6 'changed' "$feltboard" sessions verify baddb $key
expect 0 _sealed "$feltboard" analyze demo --duration 0.5 --size 640x360 --faces 2 --video --out s2 --passphrase-file pass
cp -r "$session" swapped; cp "$(cat out)/video.mkv" swapped/
expect 6 'another session' "$feltboard" sessions verify swapped $key
expect 0 '' "$feltboard" sessions delete "$session"
[ ! -e "$session" ] || fail "not deleted"
echo "# $n checks, $n_failed failed"
[ $n_failed = 0 ]
