#!/bin/bash
# Many videos: eight through GNU parallel, a list in one process group, one bad file among them, going on after a stop,
# and the index of what was gathered.
#   many.sh FELTBOARD
set -u
feltboard=$1
command -v parallel >/dev/null || { echo "skipped: GNU parallel is missing"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME=$work XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config SDL_VIDEODRIVER=dummy PARALLEL_HOME=$work/parallel
mkdir parallel && touch parallel/will-cite
n_failed=0
fail() { echo "FAILED: $*"; n_failed=$((n_failed + 1)); }
count() { ls -d "$1"/*/ 2>/dev/null | wc -l; }
first=$("$feltboard" analyze demo --duration 0.4 --size 320x240 --faces 1 --video --clean --no-blur --out make 2>err) || fail "$(cat err)"
mkdir videos
for i in 1 2 3 4 5 6 7 8; do cp "$first/video.mkv" "videos/lesson $i.mkv"; done

ls videos/*.mkv | parallel --jobs 2 "$feltboard" analyze --resume --every 4 --out archive {} >folders 2>err || fail "parallel: $(tail -3 err)"
[ "$(count archive)" = 8 ] && [ "$(sort -u folders | wc -l)" = 8 ] || fail "$(count archive) sessions, $(sort -u folders | wc -l) printed"
"$feltboard" sessions index archive >out 2>err || fail "index: $(cat err)"
[ "$(grep -c 'lesson' archive/index.html)" -ge 8 ] || fail "the index lists $(grep -c lesson archive/index.html)"
# Once more: all is there. Then one is taken away and one marked as broken off.
ls videos/*.mkv >list.txt
"$feltboard" analyze --list list.txt --resume --every 4 --out archive >again 2>err || fail "again: $(cat err)"
[ "$(grep -c 'finished already' err)" = 8 ] && [ "$(count archive)" = 8 ] || fail "done again: $(cat err)"
cmp -s <(sort folders) <(sort again) || fail "other folders: $(cat again)"
rm -r "$(sed -n 1p folders)"
sqlite3 "$(sed -n 2p folders)/session.db" "DELETE FROM session WHERE key='analysis_complete'"
"$feltboard" analyze --list list.txt --resume --every 4 --out archive >again 2>err || fail "going on: $(cat err)"
[ "$(grep -c 'finished already' err)" = 6 ] && [ "$(count archive)" = 8 ] || fail "going on: $(count archive), $(cat err)"
# One bad file among good ones.
echo nonsense >videos/bad.mkv
"$feltboard" analyze videos/bad.mkv "videos/lesson 1.mkv" "videos/lesson 2.mkv" --every 4 --out mixed >out 2>err
[ $? = 3 ] && [ "$(count mixed)" = 2 ] && [ "$(wc -l <out)" = 2 ] && grep -q '1 of 3' err || fail "a bad file: $(cat err)"
# Stopped in the middle: 130, whole sessions, and the rest afterwards.
"$feltboard" analyze demo "videos/lesson 1.mkv" --jobs 2 --duration 60 --size 320x240 --faces 1 --out stopped >out 2>err &
job=$!
for _ in $(seq 200); do grep -q . out && break; sleep 0.1; done
kill -TERM $job # its children are told by it
wait $job
[ $? = 130 ] || fail "stopped: $? $(cat err)"
"$feltboard" analyze demo "videos/lesson 1.mkv" --jobs 2 --duration 60 --every 30 --size 320x240 --faces 1 --out none --resume --list missing >out 2>err
[ $? = 3 ] || fail "a missing list: $(cat err)"
echo "# $n_failed failed"
[ $n_failed = 0 ]
