#!/bin/bash
# Recording while a saved video is watched: the file shows what was shown, boxes, hidden faces and all, not a picture hidden
# whole because nobody told the recorder what had been found in it.
#   record_shown.sh FELTBOARD SOURCE_ROOT
set -u
feltboard=$1 root=$2
command -v ffmpeg >/dev/null || { echo "skipped: no ffmpeg"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config SDL_VIDEODRIVER=dummy FELTBOARD_DATADIR=$root
fail() { echo "FAILED: $*"; exit 1; }
class=$("$feltboard" analyze demo --duration 5 --size 640x360 --faces 4 --video --clean --no-blur --out "$work/class" 2>"$work/err") ||
    fail "$(cat "$work/err")"
cp "$class/video.mkv" "$work/class.mkv"
# Watched once until all of it is analysed, so that the second time everything is known, however slow the machine.
"$feltboard" watch "$work/class.mkv" --accept-statement >"$work/out" 2>"$work/err" &
pid=$!
is_complete() { [ "$(sqlite3 "$work"/data/feltboard/sessions/*/session.db 'select count(*) from frame' 2>/dev/null || echo 0)" -ge 140 ]; } # of 150
for _ in $(seq 400); do is_complete && break; sleep 0.2; done
kill -INT $pid
wait $pid
is_complete || fail "not analysed after 80 s: $(cat "$work/err")"
"$feltboard" watch "$work/class.mkv" --record --accept-statement >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 400); do # a good part of the five seconds, however slow the machine
    [ "$(find "$work/data" -name 'video.mkv.part' -exec cat {} + | wc -c)" -gt 150000 ] && break
    sleep 0.1
done
sleep 1
kill -INT $pid
wait $pid
[ $? = 130 ] || fail "watch: $(cat "$work/err")"
recorded=$(find "$work/data" -name video.mkv)
[ -s "$recorded" ] || fail "nothing was recorded: $(find "$work/data")"
n=$(sqlite3 "${recorded%/*}/session.db" 'select count(*) from observation')
[ "$n" -gt 30 ] || fail "$n rows"
# Steps of more than 2 grey levels between neighbours: a picture hidden whole has few.
ffmpeg -v error -i "$recorded" -pix_fmt gray -f rawvideo - >"$work/grey" || fail "it does not play"
python3 - "$work/grey" <<'PY' || fail "pictures are hidden whole"
import sys
size, grey = 640 * 360, open(sys.argv[1], "rb").read()
n = len(grey) // size
shown = sum(sum(abs(f[i] - f[i + 1]) > 2 for i in range(0, size - 1, 7)) > 1500 for f in (grey[k * size:(k + 1) * size] for k in range(0, n, 5)))
print(f"# {n} pictures, {shown} of {(n + 4) // 5} looked at show the class")
sys.exit(n < 30 or shown < 0.8 * ((n + 4) // 5))
PY
