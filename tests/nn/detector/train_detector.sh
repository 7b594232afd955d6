#!/bin/bash
# feltlab train-detector and evaluate-detector end to end on pictures of plain grey: what is written, that a training that was
# stopped goes on to the same bits, and what may be wrong with the input.
#   train_detector.sh FELTLAB
. "$(dirname "$0")/../checks.sh"

# A grey picture of 96 x 80 px; $2 a byte in octal.
bitmap() {
    printf 'BM\x36\x5a\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x60\0\0\0\x50\0\0\0\x01\0\x18\0\0\0\0\0\0\x5a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >"$1"
    head -c 23040 /dev/zero | tr '\0' "$2" >>"$1"
}

mkdir -p data/images
{
    echo file,x,y,w,h,ignore
    for i in $(seq 0 11) 26; do
        bitmap "data/images/p$i.bmp" '\200'
        echo "p$i.bmp,20,15,24,30,0"
        echo "p$i.bmp,60,40,12,16,1"
    done
} >data/boxes.csv
printf '%s\n' 'input 1 64 64' 'conv out=8 kernel=3 stride=4' 'relu' 'depthwise kernel=3 stride=2' 'bn' 'relu name=a' \
    'maxpool size=2 name=b' 'maxpool size=2' 'conv out=5 kernel=1 name=c' 'conv out=5 kernel=1 from=b' 'join from=c name=d' \
    'conv out=5 kernel=1 from=a' 'join from=d' >tiny.net
usual='train-detector --net tiny.net --data data --batch 4 --epochs 40 --seed 7 --threads 1'
# shellcheck disable=SC2086
train() { "$feltlab" $usual "$@"; }

train --out whole.safetensors >whole.txt 2>&1
check "trains to the end" test $? = 0
check "a line an epoch" test "$(wc -l <whole.csv)" = 41
check "no checkpoint is left" test ! -e whole.checkpoint.safetensors
check "the loss falls" awk -F, 'NR == 2 { first = $5 } END { exit !($5 < 0.7 * first) }' whole.csv

# shellcheck disable=SC2086
"$feltlab" $usual --out parts.safetensors >parts.txt 2>&1 &
for _ in $(seq 200); do [ -s parts.csv ] && [ "$(wc -l <parts.csv)" -gt 3 ] && break; sleep 0.02; done
kill -TERM $! # SIGINT is ignored in a shell's background
wait $!
check "stopped, code 130" test $? = 130
check "a checkpoint is left" test -s parts.checkpoint.safetensors
refuses 2 'unfinished training' train --out parts.safetensors
refuses 3 'was made with seed' train --out parts.safetensors --resume --seed 8
train --out parts.safetensors --resume >>parts.txt 2>&1
check "goes on to the end" test $? = 0
check "to the same bits" cmp -s whole.safetensors parts.safetensors

"$feltlab" evaluate-detector --model whole.safetensors data data/images/none.csv >out.txt 2>err.txt
check "evaluates the validation part" grep -q 'data: 1 pictures, faces 1 of 24-47 px' out.txt
check "says which file is missing" grep -q 'none.csv' err.txt
refuses 3 'is a face detector' "$feltlab" bench --model whole.safetensors
refuses 3 'boxes.csv' train --data nodata --out x.safetensors
refuses 3 'multiple of 32' train --side 100 --out x.safetensors
printf '%s\n' 'input 1 64 64' 'conv out=5 kernel=3' >flat.net
refuses 3 'flat.net: its net gives' train --net flat.net --out x.safetensors
echo 'file,x,y,w,h' >data/boxes.csv
refuses 3 'has no boxes' train --out x.safetensors
[ "$n_failed" = 0 ]
