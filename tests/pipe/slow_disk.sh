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
shown() { # MS: frames shown a second while recording on such a disk
    XDG_DATA_HOME=$work/$1 SLOW_DISK_MS=$1 LD_PRELOAD="$sanitizer${sanitizer:+:}$slow_disk" timeout -s INT 6 \
        "$feltboard" watch demo --faces 2 --size 640x360 --record --accept-statement --stats "$work/$1.json" >"$work/out" 2>"$work/err"
    [ -s "$work/$1.json" ] || fail "no figures: $(cat "$work/err")"
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["shown_fps"])' "$work/$1.json"
}
usual=$(shown 0) || fail "$usual"
before=$(stat -c %s "$work/syncs")
slow=$(shown 500) || fail "$slow"
n_syncs=$(($(stat -c %s "$work/syncs") - before))
echo "# shown $usual a second, $slow with $n_syncs syncs of 500 ms"
[ "$n_syncs" -ge 3 ] || fail "only $n_syncs syncs: nothing was slow"
awk "BEGIN { exit !($slow >= .9 * $usual) }" || fail "the slow disk slows the window: $slow of $usual frames a second"
"$feltboard" sessions verify "$work"/500/feltboard/sessions/*/ >"$work/out" 2>&1 || fail "$(cat "$work/out")"
