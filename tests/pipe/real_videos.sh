#!/bin/bash
# Every real video: its session has a row per frame with the stream's own timestamps (as ffprobe tells
# them), and its annotated video plays from start to end with as many frames.
# Every group photo: predict --json prints one valid line.
#   real_videos.sh FELTBOARD
set -u
feltboard=$1
if [ ! -d "$FELTBOARD_SHARED/data/videos" ]; then
    echo "skipped: no $FELTBOARD_SHARED/data/videos"
    exit 77
fi
for tool in ffprobe sqlite3 python3; do
    command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n_passed=0 n_failed=0
fail() { echo "FAILED: $*"; n_failed=$((n_failed + 1)); }

for video in "$FELTBOARD_SHARED"/data/videos/*.mp4 "$FELTBOARD_SHARED"/data/videos/*.avi "$FELTBOARD_SHARED"/data/videos/*.mov; do
    session=$("$feltboard" analyze "$video" --video --out "$work/sessions" 2>"$work/err") ||
        { fail "$video: $(cat "$work/err")"; continue; }
    ffprobe -v quiet -select_streams v:0 -show_entries frame=best_effort_timestamp_time -of csv=p=0 \
        "$video" | tr -d , >"$work/expected"
    sqlite3 "$session/session.db" 'select time_ns from frame order by time_ns' >"$work/rows"
    n_video=$(ffprobe -v error -count_frames -select_streams v:0 -show_entries stream=nb_read_frames \
        -of csv=p=0 "$session/video.mkv" 2>"$work/play" | tr -d ,)
    python3 - "$work/expected" "$work/rows" "$n_video" <<'PY' || { fail "$video"; continue; }
import sys
expected = [float(x) for x in open(sys.argv[1]) if x.strip()]
rows = [int(x) * 1e-9 for x in open(sys.argv[2])]
assert len(expected) == len(rows), f"{len(rows)} rows, ffprobe has {len(expected)} frames"
worst = max(abs(a - b) for a, b in zip(sorted(expected), rows))
assert worst < 2e-6, f"a row is {worst:.6f} s off"
assert int(sys.argv[3]) == len(rows), f"{sys.argv[3]} frames in the annotated video, {len(rows)} rows"
PY
    [ -s "$work/play" ] && { fail "$session/video.mkv: $(head -1 "$work/play")"; continue; }
    n_passed=$((n_passed + 1))
done

find "$FELTBOARD_SHARED/data/multiface" -name '*.jpg' | sort >"$work/photos"
xargs "$feltboard" predict --json <"$work/photos" >"$work/lines" 2>"$work/err" || fail "predict: $(cat "$work/err")"
python3 - "$work/photos" "$work/lines" <<'PY' && n_passed=$((n_passed + 1)) || fail "predict --json"
import json, sys
photos = open(sys.argv[1]).read().split()
lines = [json.loads(line) for line in open(sys.argv[2])]
assert [line["image"] for line in lines] == photos, "one line a picture, in order"
names = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
n_faces = 0
for line in lines:
    assert set(line) == {"image", "width", "height", "faces"}
    for face in line["faces"]:
        n_faces += 1
        assert len(face["box"]) == 4 and face["expression"] in names + ["not sure"]
        assert list(face["p"]) == names and abs(sum(face["p"].values()) - 1) < 1e-3
        assert 0 <= face["confidence"] <= 1
assert n_faces > len(photos), f"only {n_faces} faces in {len(photos)} group photos"
print(f"{len(photos)} photos, {n_faces} faces")
PY
echo "# $n_passed passed, $n_failed failed"
[ "$n_failed" = 0 ] && [ "$n_passed" -gt 10 ]
