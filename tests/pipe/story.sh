#!/bin/bash
# The teacher's story in the real window under Xvfb, played by xdotool: the first start and its
# statement, the start screen, two names, undo, a marker with its text, a recording; and what of it
# is in the session and in the settings afterwards.
#   story.sh FELTBOARD SOURCE_ROOT
set -u
feltboard=$1 root=$2
for tool in Xvfb xdotool sqlite3; do
    command -v $tool >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
dir=$(mktemp -d)
export HOME=$dir XDG_CONFIG_HOME=$dir/config XDG_DATA_HOME=$dir/data LANGUAGE=C LC_ALL=C.UTF-8
unset SDL_VIDEODRIVER WAYLAND_DISPLAY
export SDL_VIDEODRIVER=x11 FELTBOARD_DATADIR=$root
cd "$dir"
failed=0 n=0 program=
fail() { echo "FAILED: $*"; failed=1; }
check() { n=$((n + 1)); eval "$2" || fail "$1"; }
finish() {
    [ -n "$program" ] && kill "$program" 2>/dev/null
    kill "$server" 2>/dev/null
    wait 2>/dev/null
    rm -rf "$dir"
}
trap finish EXIT

exec 5<><(:)
# -noreset: else the layout is lost when setxkbmap, the only client, leaves
Xvfb -noreset -displayfd 5 -screen 0 1280x800x24 -nolisten tcp 5>"$dir/display" >/dev/null 2>&1 &
server=$!
# until COMMAND holds, at most 30 s (a sanitizer build on a busy machine)
until_() { for _ in $(seq 150); do eval "$1" && return 0; sleep 0.2; done; return 1; }
until_ '[ -s display ]' || { echo "skipped: Xvfb does not start"; exit 77; }
export DISPLAY=:$(cat display)
setxkbmap de # has an umlaut; for one that the layout has not, xdotool changes it for a moment, which a busy window misses
setxkbmap -query | grep -q '^layout: *de' || { echo "FAILED: the keyboard layout is not kept"; exit 1; }

sql() { sqlite3 "$(ls -d data/feltboard/sessions/*/)session.db" "$1" 2>/dev/null; }
key() { xdotool key --delay 60 "$@"; }
window() { xdotool search --onlyvisible --class feltboard 2>/dev/null | head -1; }
config=config/feltboard/feltboard.ini

# The first start shows the statement; leaving it accepts nothing.
"$feltboard" demo >out 2>err &
program=$!
until_ '[ -n "$(window)" ]' || { fail "no window: $(cat err)"; exit 1; }
sleep 0.5
until_ 'key q; ! kill -0 $program 2>/dev/null'
check "the statement was not acknowledged by quitting" '! grep -q "^accepted = " $config 2>/dev/null'

# Acknowledged once, then the start screen, whose first offer is the demo class (no camera here).
printf 'Anna Berg\nZoë Müller\nTom\n' >names.txt
"$feltboard" --roster names.txt --faces 3 --size 960x540 >out 2>err &
program=$!
until_ '[ -n "$(window)" ]' || { fail "no window: $(cat err)"; exit 1; }
check "the acknowledgement is kept" 'until_ "key Return; grep -q \"^accepted = 1\" $config"'
# Recording from the first moment that the desk is there; Enter opens the demo class until it is.
for _ in $(seq 30); do
    key Return
    sleep 1
    key r
    sleep 1
    ls data/feltboard/sessions/*/session.db >/dev/null 2>&1 && break
done
check "a session is written" 'ls data/feltboard/sessions/*/session.db >/dev/null 2>&1'
[ $failed = 0 ] || exit 1
check "faces are seen" 'until_ "sql \"select count(distinct student) from observation\" | grep -q \"[2-9]\""'
# Row 1: a name by typing, with an umlaut; row 2: from the roster.
key 1 n
xdotool type --delay 60 'Jörg q'
key Return
check "the typed name is kept" 'until_ "sql \"select name from student\" | grep -qx \"Jörg q\""'
key 2 n
xdotool type --delay 60 'zo'
key Down Return
check "the roster name is kept" 'until_ "sql \"select name from student\" | grep -qx \"Zoë Müller\""'
key ctrl+z
check "undo takes the name away" 'until_ "! sql \"select name from student\" | grep -qx \"Zoë Müller\""'
key ctrl+y
check "redo brings it back" 'until_ "sql \"select name from student\" | grep -qx \"Zoë Müller\""'
# A marker at once, its text later; typing it must not quit (q) or stop the recording (r).
key m
check "the marker is there at once" 'until_ "sql \"select count(*) from marker\" | grep -qx 1"'
key Return
xdotool type --delay 60 'quiz starts'
key Return
check "its text follows" 'until_ "sql \"select text from marker\" | grep -qx \"quiz starts\""'
check "the program still runs" 'kill -0 $program'
# Larger text and the light theme are remembered.
key ctrl+plus d r
sleep 1
key ctrl+o
until_ 'key q; ! kill -0 $program 2>/dev/null' || fail "does not quit"
wait $program
check "it ends well" '[ $? = 0 ]'
program=
check "theme" 'grep -q "^theme = light" $config'
check "scale" 'grep -q "^scale = 1.25" $config'
check "geometry" 'grep -q "^width = " $config && grep -q "^height = " $config'
check "the settings are private" '[ "$(stat -c %a $config)" = 600 ]'
check "edits stand beside the rows" 'sql "select value from session where key like '"'edit.%'"'" | grep -q "^name .* Jörg q"'
check "the export knows the names" '"$feltboard" export data/feltboard/sessions/*/ --format csv -o rows.csv && grep -q "Zoë Müller" rows.csv'
[ $failed = 0 ] || { cat err; exit 1; }
echo "$n checks"
