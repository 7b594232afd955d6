#!/bin/bash
# What the programs write is for its owner alone whatever the umask, lies where it was asked for, and goes when it is
# to go: modes, no file outside the folders named, delete, retention, forgetting a student in every file's bytes.
#   private.sh FELTBOARD SOURCE_ROOT
set -u
feltboard=$1 root=$2
command -v sqlite3 >/dev/null || { echo "skipped: sqlite3 is missing"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir home
export HOME=$work/home XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config SDL_VIDEODRIVER=dummy FELTBOARD_DATADIR=$root
export TMPDIR=$work/tmp
mkdir tmp
umask 000
n=0 n_failed=0
fail() { echo "FAILED: $*"; n_failed=$((n_failed + 1)); }
check() { n=$((n + 1)); eval "$2" || fail "$1"; }
run() { timeout 60 "$@" >out 2>err </dev/null || fail "$* -> exit $?: $(tail -3 err)"; }

mkdir -m 700 out.d
timeout 4 "$feltboard" watch demo --size 640x360 --faces 2 --record --no-blur --accept-statement >out 2>err
check "the window records into the user's sessions" '[ "$(ls data/feltboard/sessions | wc -l)" = 1 ]'
run "$feltboard" analyze demo --duration 1.5 --size 640x360 --faces 2 --video --no-blur --out "$work/s"
session=$(cat out)
run "$feltboard" sessions retention 30
run "$feltboard" sessions index "$work/s"
run "$feltboard" report "$session" -o "$session/report.html"
for format in csv runs jsonl vtt chapters eaf boris; do run "$feltboard" export "$session" --format $format -o out.d/rows.$format; done
check "files are 0600" '[ -z "$(find data s config out.d -type f ! -perm 600 | tee loose)" ] || { cat loose; false; }'
check "folders are 0700" '[ -z "$(find data s config -type d ! -perm 700 | tee loose)" ] || { cat loose; false; }'
check "nothing elsewhere" '[ -z "$(find home tmp -mindepth 1)" ]'
check "no left-overs" '[ -z "$(find data s -name "*.part" -o -name "*.mux" -o -name "*-wal" -o -name "*-shm" -o -name "*.new")" ]'

# A name, given while recording and after: in the rows, the captions, the report; then in none of the bytes.
sqlite3 "$session/session.db" "INSERT OR REPLACE INTO student VALUES(1,'Zebediah Quux')" 2>/dev/null
for i in $(seq 300); do echo "INSERT INTO marker(time_ns,text,wall) VALUES($i,'filler $i','x');"; done | sqlite3 "$session/session.db"
run "$feltboard" sessions repair "$session"
run "$feltboard" report "$session" -o "$session/report.html"
check "the name is there to begin with" 'grep -qa "Zebediah" "$session/session.db" && grep -qa "Zebediah" "$session/report.html" && grep -qa Zebediah "$session"/video.vtt'
before=$(sqlite3 "$session/session.db" "SELECT count(*) FROM observation WHERE student=1")
run "$feltboard" sessions forget-student "$session" 1
check "there were rows" '[ "$before" -gt 0 ]'
check "the rows are gone" '[ "$(sqlite3 "$session/session.db" "SELECT count(*) FROM observation WHERE student=1")" = 0 ]'
check "the name is in no file's bytes" '[ -z "$(grep -rla "Zebediah\|Quux" "$session" | tee found)" ] || { cat found; false; }'
check "no pages are left free" '[ "$(sqlite3 "$session/session.db" "PRAGMA freelist_count")" = 0 ]'
check "still 0600" '[ -z "$(find "$session" -type f ! -perm 600)" ]'

# Delete takes all, also what a killed run left; a file of the user's own stays and is named.
touch "$session/session.db-wal" "$session/video.mkv.mux" "$session/video.mkv.part" "$session/report.html.part"
run "$feltboard" sessions delete "$session"
check "deleted" '[ ! -e "$session" ]'
# Retention: what is older goes at the next start, what is younger stays.
run "$feltboard" analyze demo --duration 0.3 --size 320x240 --faces 1
young=$(cat out) old=$work/data/feltboard/sessions/2020-01-01_10-00-00_old
cp -r "$young" "$old"
timeout 3 "$feltboard" watch demo --size 320x240 --faces 1 --accept-statement >out 2>err
check "the old one is gone and it was said" '[ ! -e "$old" ] && grep -q "2020-01-01" err'
check "the young one stays" '[ -e "$young/session.db" ]'
echo "# $n checks, $n_failed failed"
[ $n_failed = 0 ]
