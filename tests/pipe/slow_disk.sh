#!/bin/bash
# A disk whose every sync takes 500 ms does not slow the window down while it records, nor lose what is recorded.
#   slow_disk.sh FELTBOARD SLOW_DISK_SO SOURCE_ROOT
set -u
feltboard=$1 slow_disk=$2 root=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SDL_VIDEODRIVER=dummy FELTBOARD_DATADIR=$root XDG_CONFIG_HOME=$work/config SLOW_DISK_LOG=$work/syncs
fail() { echo "FAILED: $*"; exit 1; }
sanitizer=$(ldd "$feltboard" | awk '/lib[at]san/ { print $3 }') # insists on being first
# MS: frames shown a second while recording on such a disk, once the window has warmed up, however slow the machine.
shown() {
    local seconds fps=0
    for seconds in 5 10 20; do
        XDG_DATA_HOME=$work/$1 SLOW_DISK_MS=$1 LD_PRELOAD="$sanitizer${sanitizer:+:}$slow_disk" timeout -s INT $seconds \
            "$feltboard" watch demo --faces 2 --size 640x360 --record --accept-statement --stats "$work/$1.json" >"$work/out" 2>"$work/err"
        fps=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["shown_fps"])' "$work/$1.json" 2>>"$work/err") || break
        [ "$fps" != 0.0 ] && break
    done
    echo "$fps"
}
usual=$(shown 0)
before=$(stat -c %s "$work/syncs")
slow=$(shown 500)
n_syncs=$(($(stat -c %s "$work/syncs") - before))
echo "# shown $usual a second, $slow with $n_syncs syncs of 500 ms"
[ "$n_syncs" -ge 3 ] || fail "only $n_syncs syncs: nothing was slow: $(cat "$work/err")"
awk "BEGIN { exit !($usual > 0 && $slow >= .9 * $usual) }" || fail "the slow disk slows the window: $slow of $usual frames a second: $(cat "$work/err")"
for session in "$work"/500/feltboard/sessions/*/; do
    "$feltboard" sessions verify "$session" >"$work/out" 2>&1 || fail "$(cat "$work/out")"
done
