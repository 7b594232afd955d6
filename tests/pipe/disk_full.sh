#!/bin/bash
# A disk that is full: recording stops with all so far intact, the live view goes on, and it was said
# beforehand. The disk is a small tmpfs in a mount namespace of its own.
#   disk_full.sh FELTBOARD
set -u
feltboard=$1
if [ "${2-}" != inside ]; then
    unshare -rm true 2>/dev/null || { echo "skipped: no mount namespace allowed here"; exit 77; }
    exec unshare -rm "$0" "$feltboard" inside
fi
work=$(mktemp -d)
n_failed=0
fail() { echo "FAILED: $*"; n_failed=$((n_failed + 1)); }
mkdir "$work/disk"
mount -t tmpfs -o size=${FELTBOARD_DISK:-600k} tmpfs "$work/disk" || { echo "skipped: no tmpfs"; exit 77; }
trap 'umount "$work/disk"; rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state
export SDL_VIDEODRIVER=dummy
accept=
"$feltboard" watch --help | grep -q accept-statement && accept=--accept-statement

check() { # SESSION: rows and pictures up to the end of the room are whole
    "$feltboard" sessions verify "$1" >"$work/out" 2>&1 || fail "verify: $(cat "$work/out")"
    "$feltboard" analyze "$1"/video.mkv --every 30 --out "$work/again" >"$work/out" 2>"$work/err" ||
        fail "the video does not play: $(cat "$work/err")"
    "$feltboard" export "$1" --format csv -o "$work/rows.csv" || fail "export"
    [ "$(grep -vc '^#' "$work/rows.csv")" -gt 20 ] || fail "only $(wc -l <"$work/rows.csv") rows"
}

# Without a window: the analysis fails, with the reason and what to do.
"$feltboard" analyze demo --size 640x360 --faces 3 --duration 60 --video --no-blur --clean --out "$work/disk" \
    >"$work/out" 2>"$work/err"
code=$?
[ $code = 1 ] || fail "analyze: exit $code instead of 1: $(cat "$work/err")"
grep -q 'MB left on the disk' "$work/err" || fail "no warning: $(cat "$work/err")"
grep -qi 'space' "$work/err" || fail "no reason: $(cat "$work/err")"
check "$work"/disk/*_demo-class
rm -r "$work"/disk/*

# In the window: the view goes on for seconds after the recording has stopped.
timeout -k 20 25 "$feltboard" watch demo $accept --size 640x360 --faces 3 --record --no-blur --clean \
    --out "$work/disk" >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 200); do
    grep -q "$work/disk" "$work/out" && break # printed when the recording has ended
    kill -0 $pid 2>/dev/null || break
    sleep 0.1
done
grep -q "$work/disk" "$work/out" || fail "watch: the recording did not end by itself: $(cat "$work/err")"
kill -0 $pid 2>/dev/null || fail "watch: the view ended with the recording"
recorded=$("$feltboard" sessions show --json "$(cat "$work/out")" | sed 's/.*"frames":\([0-9]*\).*/\1/')
sleep 2
kill -TERM $pid
wait $pid
code=$?
shown=$(sed -n 's/.*analysed \([0-9]*\) (.*/\1/p' "$work/err")
[ "${shown:-0}" -gt "${recorded:-0}" ] || fail "analysed ${shown:-0} frames, ${recorded:-0} of them recorded: live did not go on (exit $code: $(cat "$work/err"))"
check "$work"/disk/*_demo-class
[ "$n_failed" = 0 ] && echo "# passed"
