#!/bin/bash
# Every export of a real session, read back by readers that are not ours; the session's care by commands.
#   exports.sh FELTBOARD SOURCE_ROOT
set -u
feltboard=$1 root=$2
for tool in python3 ffprobe; do
    command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config SDL_VIDEODRIVER=dummy
n_failed=0
fail() { echo "FAILED: $*"; n_failed=$((n_failed + 1)); }
expect() { # WHAT WANTED COMMAND...: exit 0 and WANTED in what it says
    local what=$1 wanted=$2
    shift 2
    "$@" >"$work/out" 2>&1 || fail "$what: exit $?: $(head -3 "$work/out")"
    [ -z "$wanted" ] || grep -q -- "$wanted" "$work/out" || fail "$what: no '$wanted' in: $(head -3 "$work/out")"
}

"$feltboard" analyze demo --duration 4 --size 480x360 --faces 3 --video --session 'Lesson one' >"$work/session" 2>"$work/err" ||
    fail "analyze: $(cat "$work/err")"
session=$(cat "$work/session")
# Names and markers as the window would write them, odd characters and all.
python3 - "$session" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/session.db")
db.execute("insert into student values (1, ?)", ('Zoë, "the <2nd>" & co',))
db.execute("insert into student values (2, '=1+1')")
db.execute("insert into marker(time_ns,text,wall) values (1000000000,'film <starts>','2026-03-02T08:15:01+01:00')")
db.execute("insert into marker(time_ns,text,wall) values (2500000000,'Gespräch','2026-03-02T08:15:02+01:00')")
db.commit()
PY
expect repair 'whole, 120 frames' "$feltboard" sessions repair "$session" # muxes the new names in
mkdir "$work/x"
for format in csv runs jsonl vtt chapters eaf boris; do
    "$feltboard" export "$session" --format $format -o "$work/x/x.$format" || fail "export $format"
done
LC_ALL=C.UTF-8 python3 "$root/tests/pipe/read_exports.py" "$session" "$work/x" || fail "an export does not read back"

# Care: renamed, listed, indexed, due, forgotten, purged, deleted.
name=$(basename "$session")
renamed=$("$feltboard" sessions rename "$name" 'Biology: 7b/2') || fail rename
[ "$(basename "$renamed")" = "${name%_*}_Biology-7b-2" ] && [ -d "$renamed" ] && [ ! -d "$session" ] || fail "renamed to $renamed"
expect show 'name: Biology: 7b/2' "$feltboard" sessions show "$renamed"
expect retention 'deleted 30 days' "$feltboard" sessions retention 30
expect list 'will be deleted on' "$feltboard" sessions list
expect 'report in German' '' env LANG=de_DE.UTF-8 "$feltboard" report "$renamed" -o "$work/de.html"
grep -q '<html lang="de">' "$work/de.html" && grep -q 'Die Klasse im Verlauf' "$work/de.html" || fail "the report is not in German"
expect 'report into the session' '' "$feltboard" report "$renamed" -o "$renamed/report.html"
grep -q 'The class over time' "$renamed/report.html" || fail "the report is not in English"
expect index 'index.html' "$feltboard" sessions index
index=$work/data/feltboard/sessions/index.html
grep -q 'Biology: 7b/2' "$index" && grep -q 'report.html">report' "$index" || fail "the index lacks the session"
python3 -c "import xml.dom.minidom,sys; xml.dom.minidom.parse(sys.argv[1])" "$index" || fail "the index is not well-formed"
grep -qi '<script' "$index" && fail "a script in the index"
grep -q 'Zo' "$renamed/video.vtt" || fail "no name in the captions"
"$feltboard" sessions forget-student "$renamed" nobody >"$work/out" 2>&1
[ $? = 2 ] && grep -q 'there are: 1 Zoë' "$work/out" || fail "forgetting nobody: $(cat "$work/out")"
expect forget '' "$feltboard" sessions forget-student "$renamed" 'zoë, "the <2nd>" & CO'
grep -q 'Zo' "$renamed"/video.vtt && fail "the forgotten one is in the captions"
grep -aq 'Zo.*2nd' "$renamed"/video.mkv "$renamed"/session.db && fail "the forgotten one is in the files"
[ -e "$renamed/report.html" ] && fail "the report still shows the forgotten one"
expect verify whole "$feltboard" sessions verify "$renamed"
old=$work/data/feltboard/sessions/2020-01-02_03-04-05_old
mkdir -m 700 "$old" && cp "$renamed/session.db" "$old/"
expect 'list of the old one' '2020-02-01' "$feltboard" sessions list
timeout -s KILL 60 "$feltboard" watch /dev/video63 >"$work/out" 2>&1 # starts, purges, finds no camera
[ -e "$old" ] && fail "the start did not purge what was due"
[ -d "$renamed" ] || fail "the start purged what was not due"
expect 'retention off' 'until you delete' "$feltboard" sessions retention off
expect delete '' "$feltboard" sessions delete "$renamed"
[ -e "$renamed" ] && fail "still there"

# A session that is being recorded is let alone.
"$feltboard" analyze demo --duration 300 --video --session busy >"$work/out2" 2>/dev/null &
pid=$!
recorded() { cat "$work"/data/feltboard/sessions/*_busy/video.mkv.part 2>/dev/null | wc -c; }
for _ in $(seq 900); do [ "$(recorded)" -gt 65536 ] && break; sleep 0.1; done
busy=$(ls -d "$work"/data/feltboard/sessions/*_busy)
[ "$(recorded)" -gt 65536 ] || fail "nothing is recorded after 90 s: $(ls -l "$busy")"
for verb in delete repair; do
    "$feltboard" sessions $verb "$busy" >"$work/out" 2>&1 && fail "$verb of a session that is being recorded"
    grep -q 'another program' "$work/out" || fail "$verb: $(cat "$work/out")"
done
kill -9 $pid
wait $pid 2>/dev/null
expect 'list of one that broke off' 'broke off' "$feltboard" sessions list
expect 'repair of one that broke off' 'whole now' "$feltboard" sessions repair "$busy"
ffprobe -v error "$busy/video.mkv" 2>"$work/err"
[ -s "$work/err" ] && fail "the repaired video: $(cat "$work/err")"
[ "$n_failed" = 0 ] && echo "# passed"
