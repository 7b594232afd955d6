#!/bin/bash
# A lesson from its start to its report, played by xdotool in the real window under Xvfb with two
# virtual cameras that show the demo class: the second one is clicked, two students are named, a
# marker set, it is recorded; then replayed from the start screen, sought by a click, corrected; and
# what is in the session, its video, its files and its report afterwards.
#   lesson.sh FELTBOARD FAKECAM_SO SOURCE_ROOT
set -u
feltboard=$1 fakecam=$2 root=$3
for tool in Xvfb xdotool sqlite3 ffmpeg ffprobe; do
    command -v $tool >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
! ldd "$feltboard" | grep -q 'lib[at]san' || { echo "skipped: the virtual camera cannot be loaded before a sanitizer"; exit 77; }
dir=$(mktemp -d)
export HOME=$dir XDG_CONFIG_HOME=$dir/config XDG_DATA_HOME=$dir/data LANGUAGE=C LC_ALL=C.UTF-8
unset WAYLAND_DISPLAY
export SDL_VIDEODRIVER=x11 FELTBOARD_DATADIR=$root
cd "$dir"
failed=0 n=0 program= server=
fail() { echo "FAILED: $*"; failed=1; }
check() { n=$((n + 1)); eval "$2" || fail "$1"; }
must() { check "$@"; [ $failed = 0 ] || { cat err; exit 1; }; }
finish() {
    [ -n "$program" ] && kill "$program" 2>/dev/null
    [ -n "$server" ] && kill "$server" 2>/dev/null
    wait 2>/dev/null
    rm -rf "$dir"
}
trap finish EXIT
until_() { for _ in $(seq 150); do eval "$1" && return 0; sleep 0.2; done; return 1; }
key() { xdotool key --delay 60 "$@"; }
say() { xdotool type --delay 60 "$1"; }
click() { xdotool mousemove "$1" "$2" sleep 0.2 click 1; }
sql() { sqlite3 "$session/session.db" "$1" 2>/dev/null; }
newest() { ls -dt data/feltboard/sessions/*/ 2>/dev/null | head -1; }

# What the cameras show.
source=$(SDL_VIDEODRIVER=dummy "$feltboard" analyze demo --duration 6 --faces 5 --size 1280x720 --video --clean --no-blur 2>err) ||
    { fail "no pictures for the cameras: $(cat err)"; exit 1; }
ffmpeg -v error -i "$source/video.mkv" -q:v 4 -c:v mjpeg -pix_fmt yuvj420p -f mjpeg camera.mjpg || exit 1
rm -r data

exec 5<><(:)
Xvfb -displayfd 5 -screen 0 1280x720x24 -nolisten tcp 5>display >/dev/null 2>&1 &
server=$!
until_ '[ -s display ]' || { echo "skipped: Xvfb does not start"; exit 77; }
export DISPLAY=:$(cat display)
FAKECAM_DEVICES=/dev/video0:/dev/video2 FAKECAM_MJPEG=$dir/camera.mjpg FAKECAM_MODES=MJPG:1280x720@30 \
    LD_PRELOAD=$fakecam "$feltboard" --accept-statement >out 2>err &
program=$!
until_ 'xdotool search --onlyvisible --class feltboard >/dev/null 2>&1' || { fail "no window: $(cat err)"; exit 1; }
sleep 2

# Recorded: the second card of the start screen, the desk, a recording.
click 630 215
for _ in $(seq 20); do
    sleep 1
    key r
    sleep 0.5
    session=$(newest)
    [ -n "$session" ] && break
done
must "a recording has begun" '[ -n "$session" ]'
check "of the camera that was clicked" 'until_ "sql \"select value from session where key='"'source'"'\" | grep -qx /dev/video2"'
must "the class is seen" 'until_ "sql \"select count(distinct student) from observation\" | grep -q \"[45]\""'
key o # by name: who walks about does not change rows
sleep 1.2
key 1 n
say 'Zoe Mueller'
key Return
sleep 1.2
key 2 n # the named one is first now
say 'Anna'
key Return
check "two names" 'until_ "[ \"\$(sql \"select group_concat(name) from (select name from student order by name)\")\" = \"Anna,Zoe Mueller\" ]"'
key m Return
say 'quiz starts'
key Return
check "the marker with its text" 'until_ "sql \"select text from marker\" | grep -qx \"quiz starts\""'
check "captions beside the video while it runs" '[ -s "$session/video.vtt" ] && grep -q "quiz starts" "$session/video.markers.vtt"'
sleep 3
key r
must "the video is finished" 'until_ "[ -s $session/video.mkv ] && [ ! -e $session/video.mkv.part ]"'
seconds=$(ffprobe -v error -show_entries format=duration -of csv=p=0 "$session/video.mkv")
rows_s=$(sql "select (max(time_ns)-min(time_ns))/1e9 from frame")
check "rows and video are as long as each other ($rows_s s, $seconds s)" 'awk "BEGIN{d=$rows_s-$seconds; exit !(d<.3&&d>-.3)}"'
check "faces are blurred unless told otherwise" '[ "$(sql "select value from session where key='"'faces'"'")" = blurred ]'
until_ 'ffprobe -v error -show_entries stream=codec_type -of csv=p=0 "$session/video.mkv" | grep -q subtitle'
check "captions muxed in" 'ffprobe -v error -show_entries stream=codec_type -of csv=p=0 "$session/video.mkv" | grep -q subtitle'
check "the marker as a chapter" 'ffprobe -v error -show_chapters "$session/video.mkv" | grep -q "quiz starts"'
video=$(sha256sum <"$session/video.mkv") # corrections leave the picture alone

# Replayed: the first of the recent sessions.
key ctrl+o
sleep 1.5
click 990 220
sleep 2
key space
# Where the picture is, a marker tells: its time in the session, less the video's start.
start=$(sql "select value from session where key='video_start_ns'")
at() { # the marker just set, in seconds of the video
    local before
    before=$(sql "select count(*) from marker")
    key m
    until_ '[ "$(sql "select count(*) from marker")" -gt '"$before"' ]'
    sql "select ($(sql "select time_ns from marker order by id desc limit 1")-$start)/1e9"
}
ffprobe -v error -select_streams v -show_entries packet=pts_time -of csv=p=0 "$session/video.mkv" | sort -n >pictures
is_picture_at() { # SHOWN SECONDS PIXELS: the one shown then, the click being true to a pixel
    awk -v shown="$1" -v at="$2" -v px="$(awk "BEGIN{print $seconds/$3}")" '
        $1 <= at - px { from = $1 } $1 <= at + px { to = $1 }
        END { exit !(shown >= from - .002 && shown <= to + .002) }' pictures
}
near() { awk "BEGIN{d=($1)-($2); exit !(d<$3&&d>-$3)}"; }
click 636 668 # the middle of the seek bar, which goes from 91 to 1181
sleep 1
middle=$(at)
check "a click on the seek bar is exact ($middle of $seconds)" 'is_picture_at "$middle" "$(awk "BEGIN{print $seconds*.5}")" 1090'
key period
sleep 0.5
next=$(at)
wanted=$(awk -v at="$middle" '$1 > at + .002 { print $1; exit }' pictures)
check "a step is the next picture ($middle, $next, $wanted)" 'near "$next" "$wanted" .002'
click 1238 20 # the whole lesson
sleep 0.5
click 999 295 # a quarter of the first student's timeline, which goes from 910 to 1266
sleep 1
quarter=$(at)
check "a click on a student's timeline is exact ($quarter of $seconds)" 'is_picture_at "$quarter" "$(awk "BEGIN{print $seconds*.25}")" 356'

# A loop holds the picture until a click leaves it; here it is about a quarter, the click in the middle.
key l
key period period period period period
key l space
sleep 0.5
click 636 668
sleep 0.7
key space
sleep 0.5
left=$(at)
check "a click leaves the loop ($left of $seconds)" 'awk "BEGIN{exit !($left > .45 * $seconds)}"'

# Corrected: another name, a mistake undone and done again, two that are one.
edits() { sql "select value from session where key like 'edit.%' and value<>'' order by key"; }
key 1 n # Anna, by name
say 'Anna Berg'
key Return
check "the new name" 'until_ "sql \"select name from student\" | grep -qx \"Anna Berg\""'
key ctrl+z
check "undone" 'until_ "! sql \"select name from student\" | grep -qx \"Anna Berg\""'
key ctrl+y
check "done again" 'until_ "sql \"select name from student\" | grep -qx \"Anna Berg\""'
click 1000 275
sleep 0.5
key Escape
key ctrl+o
sleep 1
key q
until_ '! kill -0 $program 2>/dev/null' || fail "does not quit"
wait $program
check "it ends well" '[ $? = 0 ]'
program=
check "the list of edits says it" 'edits | grep -q "^name .* Anna Berg"'
check "the video was let alone" '[ "$(sha256sum <"$session/video.mkv")" = "$video" ]'

# Reported.
check "report" '"$feltboard" report "$session" -o report.html 2>err'
for word in 'Anna Berg' 'Zoe Mueller' 'quiz starts' 'Fake camera 1' '77'; do
    check "the report has '$word'" 'grep -q "$word" report.html'
done
check "it needs no script and no network" '! grep -qiE "<script|src=.?http|<img[^>]*src=.?data:image/jpeg" report.html'
check "the session is whole" '"$feltboard" sessions verify "$session" | grep -q whole'
[ $failed = 0 ] || { cat err; edits; exit 1; }
echo "$n checks"
