#!/bin/bash
# The command line's contract: exit codes, one clear line on stderr for bad input, nothing half-written.
#   cli.sh FELTBOARD FELTLAB SOURCE_ROOT
set -u
feltboard=$1 feltlab=$2 root=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config SDL_VIDEODRIVER=dummy
n_passed=0 n_failed=0

# refuses CODE 'WORDS THE LINE MUST HOLD' command...: that exit code and exactly one line that has them.
refuses() {
    local code=$1 words=$2
    shift 2
    timeout 60 "$@" >out.txt 2>err.txt </dev/null
    local got=$? lines
    lines=$(grep -vc '^$' err.txt)
    if [ "$got" != "$code" ] || [ "$lines" != 1 ] || ! grep -qiE -- "$words" err.txt || [ -s out.txt ]; then
        echo "FAILED: $* -> exit $got (expected $code), $lines lines on stderr (expected 1 with '$words'):"
        head -5 err.txt out.txt
        n_failed=$((n_failed + 1))
    else
        n_passed=$((n_passed + 1))
    fi
}
accepts() {
    if timeout 120 "$@" >out.txt 2>err.txt </dev/null; then
        n_passed=$((n_passed + 1))
    else
        echo "FAILED: $* -> exit $?:"
        head -5 err.txt
        n_failed=$((n_failed + 1))
    fi
}

echo 'this is not a video' >text.mp4
echo 'this is not a picture' >text.png
mkdir folder
mkfifo pipe.mp4
: >empty.mp4
head -c 3000 /dev/zero >zeros.mkv
sed 's/^conv /cnov /' "$root/models/feltboard-1.net" >typo.net
head -c 1000 "$root/models/feltboard-1.safetensors" >cut.safetensors
echo '{' >text.safetensors
"$feltboard" analyze demo --duration 0.5 --video --out "$work/s" >session.txt 2>/dev/null
session=$(cat session.txt)
size=$(stat -c %s "$session/video.mkv")
head -c $((size / 2)) "$session/video.mkv" >half.mkv
head -c 200 "$session/video.mkv" >stump.mkv

for command in "predict" "analyze"; do
    refuses 3 'missing.mp4.*(no such|exist)' "$feltboard" $command missing.mp4
    refuses 3 'text.mp4' "$feltboard" $command text.mp4
    refuses 3 'empty.mp4' "$feltboard" $command empty.mp4
    refuses 3 'zeros.mkv' "$feltboard" $command zeros.mkv
    refuses 3 'stump.mkv' "$feltboard" $command stump.mkv
    refuses 3 'pipe.mp4' "$feltboard" $command pipe.mp4
    refuses 3 'cut.safetensors' "$feltboard" $command demo --model cut.safetensors
    refuses 3 'text.safetensors' "$feltboard" $command demo --model text.safetensors
    refuses 3 'missing.safetensors' "$feltboard" $command demo --model missing.safetensors
    refuses 2 'unknown option' "$feltboard" $command demo --frobnicate
    refuses 2 'haar, net, both' "$feltboard" $command demo --detector hare
    refuses 2 'needs a value' "$feltboard" $command demo --model
    refuses 2 'at least one' "$feltboard" $command
done
refuses 3 'folder' "$feltboard" predict folder
refuses 3 'folder' "$feltboard" analyze folder
refuses 3 'text.png' "$feltboard" predict text.png
refuses 4 '/dev/video63' "$feltboard" watch /dev/video63
refuses 4 'video7' "$feltboard" analyze 7
refuses 3 'missing.mp4' "$feltboard" watch missing.mp4
refuses 3 'text.mp4' "$feltboard" text.mp4
refuses 3 'network' "$feltboard" analyze rtsp://127.0.0.1:9/x
refuses 4 'no camera' "$feltboard" devices
refuses 2 '--jobs.*whole number' "$feltboard" analyze demo --jobs 0
refuses 2 '--size' "$feltboard" analyze demo --size 12
refuses 2 '--chart' "$feltboard" predict x.png --chart x.jpg
refuses 2 'takes one source' "$feltboard" watch a b
refuses 1 'cannot|permission|not a directory' "$feltboard" analyze demo --duration 0.2 --out /proc/none
refuses 3 'nosession' "$feltboard" report nosession -o x.html
refuses 3 'nosession' "$feltboard" export nosession --format csv
refuses 2 'format' "$feltboard" export "$session" --format xls
refuses 2 'unknown command' "$feltlab" frobnicate
refuses 3 'typo.net:[0-9]+.*cnov' "$feltlab" bench --net typo.net
refuses 3 'cut.safetensors' "$feltlab" bench --model cut.safetensors
refuses 3 'nodata' "$feltlab" train --net "$root/models/feltboard-1.net" --data nodata --out m.safetensors
accepts "$feltboard" --help
accepts "$feltboard" --version
accepts "$feltboard" analyze --help
accepts "$feltlab" --help
accepts "$feltboard" analyze half.mkv --out "$work/s" # what is there is analysed
for detector in haar net both; do
    accepts "$feltboard" analyze demo --duration 0.3 --detector $detector --out "$work/s"
done
accepts "$feltboard" report "$session" -o r.html
accepts "$feltboard" export "$session" --format csv -o r.csv
accepts "$feltboard" export "$session" --format jsonl -o r.jsonl
accepts "$feltboard" sessions show "$session"

echo "# $n_passed passed, $n_failed failed"
[ "$n_failed" = 0 ] && [ "$n_passed" -gt 30 ]
