#!/bin/bash
# The two programs where they cannot write, cannot read, or are given names of odd bytes: one line on stderr, the documented exit
# code, nothing half-written. What each kind of file may hold is in the C tests beside this; tests/pipe/cli.sh has the rest.
#   programs.sh FELTBOARD FELTLAB SOURCE_ROOT
set -u
feltboard=$1 feltlab=$2 root=$3
if ldd "$feltboard" | grep -q libtsan; then
    echo "skipped: one thread's errors are no business of the thread sanitizer"
    exit 77
fi
work=$(mktemp -d)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
export LC_ALL=C HOME=$work/home XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state SDL_VIDEODRIVER=dummy
unset FELTBOARD_LOG
mkdir home
n=0 n_failed=0 there=
look() { find . -not -name out.txt -not -name err.txt; } # an untouched folder is listed in the same order
fail() { echo "FAILED: $*"; n_failed=$((n_failed + 1)); }
# refuses CODE WORDS command...: that exit code, one line that has the words (the last of n_lines), and the folder as it was. By the shell itself, since
# starting four programs to look at a line costs more than the program that is tried.
refuses() {
    local code=$1 words=$2 got lines
    shift 2
    timeout 60 "$@" >out.txt 2>err.txt </dev/null
    got=$?
    n=$((n + 1))
    mapfile -t lines <err.txt
    [ $got = "$code" ] && [ ${#lines[@]} = ${n_lines:-1} ] && [[ ${lines[-1]} =~ $words ]] ||
        fail "$* -> exit $got (expected $code, one line with '$words'): ${lines[*]:0:4}"
    local now=$(look)
    [ "$now" = "$there" ] || fail "$*: something was left behind: $(diff <(echo "$there") <(echo "$now") | head -3)"
    there=$now
}
shopt -s nocasematch
"$feltboard" analyze demo --duration 0.4 --faces 2 --size 320x180 --out s >session.txt 2>err.txt || { cat err.txt; exit 1; }
session=$(cat session.txt)
photo=$root/tests/ui/reference/one.png
model=$root/models/feltboard-1.safetensors
head -c 100000 /dev/zero >zeros
printf 'Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\nTraining,a.png,4,0,0,1,3,2,0,0,0,0\n' >fer.csv
mkdir "$(printf 'odd\xff\xfe')"
cp zeros "$(printf 'odd\xff\xfe/\xe4.mp4')"
cp zeros "$(printf 'esc\x1b[31m.mp4')"
long=$(printf 'x%.0s' $(seq 300))
small='--duration 0.2 --faces 1 --size 320x180'

# Where the result should go: a full disk, a folder, a place that is not there.
ln -s /dev/full full # by a link: root's programs must not be able to replace the device, whatever they do
there=$(look)
for where in full nowhere/x s; do
    words='full: .*(space|name a file)|nowhere/x.*(no such|exist)|s: .*(folder|directory)'
    refuses 1 "$words" "$feltboard" report "$session" -o $where
    refuses 1 "$words" "$feltboard" export "$session" --format csv -o $where
    refuses 1 "$words" "$feltboard" export "$session" --format jsonl -o $where
    refuses 1 "$words" "$feltboard" export "$session" --format eaf -o $where
    refuses 1 "$words" "$feltlab" export --model "$model" -o $where
done
refuses 1 'nowhere' "$feltboard" predict "$photo" --chart nowhere/c.svg
refuses 1 'nowhere' "$feltboard" predict "$photo" --chart nowhere/c.png
timeout 60 "$feltboard" watch demo --accept-statement --roster nothere >out.txt 2>err.txt # makes the settings
mkdir -p config/feltboard && : >>config/feltboard/feltboard.ini
there=$(look)
refuses 1 'nowhere' "$feltboard" watch demo --accept-statement --stats-log nowhere/log.csv
refuses 1 'zeros' "$feltboard" analyze demo $small --out zeros/s
refuses 1 'proc' "$feltboard" analyze demo $small --out /proc/s
# No home at all, or one that is no folder.
refuses 2 'home' env -u HOME -u XDG_DATA_HOME "$feltboard" analyze demo $small
refuses 1 '/dev/null' env XDG_DATA_HOME=/dev/null "$feltboard" analyze demo $small
refuses 1 '/proc' env XDG_DATA_HOME=/proc/x "$feltboard" analyze demo $small
# Names of odd bytes, and too long ones: a line, and no escape of it reaches the terminal.
refuses 3 'mp4' "$feltboard" analyze "$(printf 'odd\xff\xfe/\xe4.mp4')"
refuses 3 'mp4' "$feltboard" analyze "$(printf 'esc\x1b[31m.mp4')"
[[ $(<err.txt) != *$'\x1b'* ]] || fail "an escape sequence reached stderr"
refuses 3 'xxx' "$feltboard" analyze "$long"
refuses 3 'xxx' "$feltboard" predict "$long"
refuses 3 'xxx' "$feltboard" report "$long" -o r.html
refuses 3 'xxx' "$feltlab" bench --model "$long"
refuses 3 'a.?b' "$feltboard" analyze "$(printf 'a\nb')"
# Inputs of the wrong kind.
for what in zeros s /dev/null "$session/session.db"; do
    refuses 3 'safetensors|model' "$feltboard" analyze demo $small --model "$what"
    refuses 3 "net" "$feltlab" bench --net "$what"
done
for what in zeros s /dev/null nothere; do
    refuses 3 'names|zeros|text|s:|null|nothere' "$feltboard" watch demo --accept-statement --roster "$what"
    refuses 3 "${what##*/}" "$feltboard" report "$what" -o r.html
    refuses 3 "${what##*/}" "$feltboard" sessions verify "$what"
    refuses 3 "${what##*/}" "$feltlab" train --net "$root/models/baseline.net" --data "$what" --out m.safetensors --epochs 1
    refuses 3 "${what##*/}" "$feltlab" evaluate --model "$model" --manifest "$what"
done
# A pipe that nobody writes to must be said, not waited for; and what only some commands read.
mkfifo pipe
ln -s loop loop
: >nothing
mkdir data3
head -1 fer.csv >data3/fer2013new.csv
echo emotion,pixels,Usage >data3/fer2013.csv
pixels=$(printf '%d ' {1..200} {1..200} {1..200} {1..200} {1..200} {1..200} {1..200} {1..200} {1..200} {1..200} {1..200} {1..104})
for part in Training PublicTest PrivateTest; do
    echo "$part,$part.png,9,0,0,0,1,0,0,0,0,0" >>data3/fer2013new.csv
    echo "0,${pixels% },$part" >>data3/fer2013.csv
done
train="train --net $root/models/baseline.net --data data3 --out m.safetensors --epochs 1 --threads 1"
there=$(look)
for what in nothere s pipe loop nothing zeros; do
    code=3
    [ $what = zeros ] && code=2 # a passphrase of no characters
    refuses $code "$what|passphrase" "$feltboard" analyze demo $small --passphrase-file $what
    refuses 3 "$what" "$feltboard" analyze --list $what
    n_lines=3 refuses 3 "$what" "$feltlab" $train --teacher $what
    [ $what = nothing ] || n_lines=3 refuses 3 "$what" "$feltlab" $train --without $what # none is fine
done
mkdir data2 && cp fer.csv data2/fer2013new.csv
there=$(look)
refuses 3 'data2' "$feltlab" train --net "$root/models/baseline.net" --data data2 --out m.safetensors --epochs 1
refuses 3 'data2' "$feltlab" explore --data data2 -o e.html
echo "# $n programs run, $n_failed failed"
[ $n_failed = 0 ] && [ $n -ge 80 ]
