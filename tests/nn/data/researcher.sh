#!/bin/bash
# feltlab on made-up pictures in folders by class, which need no data set: training, interrupted and resumed to the
# bit, teachers, mirror images, outliers left out, calibration, export and the pages.
#   researcher.sh FELTLAB
. "$(dirname "$0")/../checks.sh"
export FELTBOARD_KERNEL=${FELTBOARD_KERNEL:-auto}

runs() { # runs WHAT command...: exit 0, its output in out.txt
    local what=$1
    shift
    "$@" >out.txt 2>err.txt || { tail -3 err.txt; false; }
    check "$what" test $? = 0
}
same() { awk "BEGIN{d=$1-$2; exit !(d < 2e-4 && d > -2e-4)}"; }
at_least() { awk "BEGIN{exit !($1 >= $2)}"; }

# A stripe at a place of its own for each expression, in noise, one in eight at another's place; sizes differ.
python3 - <<'PY'
import os, random, struct, zlib
def png(path, w, h, px):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(px[y * w:(y + 1) * w]) for y in range(h))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
random.seed(4)
names = "neutral happy surprise sad angry disgust fear contempt".split()
for split, n in ("train", 24), ("valid", 8):
    for c, name in enumerate(names):
        os.makedirs(f"faces/{split}/{name}")
        for i in range(n):
            side = 48 if i % 3 else 64
            px = [min(255, max(0, int(random.gauss(100, 40) + 60 * (y * 8 // side == (c + (i % 8 == 5)) % 8)))) for y in range(side) for x in range(side)]
            png(f"faces/{split}/{name}/{i:02}.png", side, side, px)
PY
printf '%s\n' 'input 1 48 48' 'conv out=8 kernel=5 stride=3' 'bn' 'relu' 'conv out=12 kernel=3 stride=2' 'bn' 'relu' \
    'dropout p=0.1' 'dense out=8' 'softmax' >tiny.net
train=("$feltlab" train --net tiny.net --data faces --threads 1 --batch 16 --augment none,flip=0.5 --lr 0.02)

runs "train" "${train[@]}" --epochs 6 --out a.safetensors
check "log: a line an epoch" test "$(wc -l <a.csv)" = 7
check "log: its columns" grep -q '^epoch,seconds,rate,train_loss,train_accuracy,valid_loss,valid_accuracy,n_valid,images_per_s$' a.csv
runs "evaluate" "$feltlab" evaluate --model a.safetensors --data faces --json
cp out.txt a.json
check "evaluate: 64 pictures" test "$(number n a.json)" = 64
check "evaluate: it has learnt" at_least "$(number accuracy a.json)" 0.6
check "evaluate: binary accuracy" at_least "$(number binary_accuracy a.json)" 0.85
check "evaluate: coverage" grep -q '"coverage":\[{"share":0.05' a.json
runs "evaluate as text" "$feltlab" evaluate --model a.safetensors --data faces
check "text: coverage" grep -q 'accuracy of the surest 100 %: ' out.txt
check "text: binary accuracy" grep -q 'binary accuracy' out.txt

# ctrl-C leaves a checkpoint and says how to go on; then the same bits come out
runs "whole training" "${train[@]}" --epochs 25 --out whole.safetensors
"${train[@]}" --epochs 25 --out parts.safetensors >out.txt 2>err.txt &
pid=$!
for _ in $(seq 400); do [ "$(wc -l 2>/dev/null <parts.csv || echo 0)" -ge 3 ] && break; sleep 0.01; done
kill -INT $pid
wait $pid
check "interrupted: exit 130" test $? = 130
check "interrupted: says how to go on" grep -q -- '--resume' err.txt
check "interrupted: a checkpoint" test -s parts.checkpoint.safetensors
refuses 2 'go on with --resume' "${train[@]}" --epochs 25 --out parts.safetensors
refuses 3 'use the same options' "${train[@]}" --epochs 26 --out parts.safetensors --resume
runs "resumed" "${train[@]}" --epochs 25 --out parts.safetensors --resume
check "resumed: the same bits" cmp whole.safetensors parts.safetensors
check "resumed: no checkpoint left" test ! -e parts.checkpoint.safetensors
check "resumed: a whole log" test "$(wc -l <parts.csv)" = 26

# early stopping keeps the best weights
runs "patience" "${train[@]}" --epochs 60 --patience 2 --out patient.safetensors --schedule plateau
check "patience: it ended early" test "$(wc -l <patient.csv)" -lt 61
best=$(tail -n +2 patient.csv | cut -d, -f7 | sort -r | head -1)
"$feltlab" evaluate --model patient.safetensors --data faces --json >patient.json 2>/dev/null
check "patience: the best epoch is kept" same "$(number accuracy patient.json)" "$best"

runs "balanced and oversampled" "${train[@]}" --epochs 2 --out b.safetensors --class-weights balanced --oversample 1
runs "mirror images" "${train[@]}" --epochs 4 --out flip.safetensors --flip
"$feltlab" model --model flip.safetensors --json >flip.json
check "mirror images: in the file" grep -q '"flip":true' flip.json
"$feltlab" evaluate --model flip.safetensors --data faces --json >flip2.json 2>/dev/null
check "mirror images: the training's own figure" same "$(number accuracy flip.json)" "$(number accuracy flip2.json)"
check "mirror images: calibrated together" same "$(number nll flip2.json)" "$(grep -o '"metrics":.*' flip.json >m.json; number nll m.json)"
runs "calibrate" "$feltlab" calibrate --model a.safetensors --data faces --flip -o calibrated.safetensors
"$feltlab" evaluate --model a.safetensors --data faces --flip --json >a_flip.json 2>/dev/null
"$feltlab" evaluate --model calibrated.safetensors --data faces --json >calibrated.json 2>/dev/null
check "calibrate: the same answers" test "$(number accuracy a_flip.json)" = "$(number accuracy calibrated.json)"
check "calibrate: no worse NLL" at_least "$(number nll a_flip.json)" "$(number nll calibrated.json)"

runs "teachers, clean" "${train[@]}" --epochs 3 --out t1.safetensors --teacher a.safetensors,b.safetensors --teacher-share 0.9
runs "teachers, same view" "${train[@]}" --epochs 3 --out t2.safetensors --teacher a.safetensors --teacher-view same
check "teachers: in the recipe" bash -c "'$feltlab' model --model t2.safetensors --json | grep -q 'teacher (same view) a.safetensors'"
check "teachers: the views differ" bash -c "! cmp -s t1.safetensors t2.safetensors"
refuses 3 'none.safetensors' "${train[@]}" --out t3.safetensors --teacher none.safetensors
runs "sharpness-aware" "${train[@]}" --epochs 2 --out sam.safetensors --sam 0.05
runs "start and freeze" "${train[@]}" --epochs 2 --out frozen.safetensors --init a.safetensors --freeze 'conv*,bn*'
check "start: told" grep -q '14 of 14 tensors start from a.safetensors' err.txt
refuses 2 'no parameter fits' "${train[@]}" --out x.safetensors --freeze 'nothing*'

runs "outliers" "$feltlab" outliers --data faces --components 20 --threshold 0.5
"$feltlab" outliers --data faces --components 100 --split all --top 30 --json >outliers.json 2>/dev/null
thirtieth=$(grep -o '"unexplained":[0-9.]*' outliers.json | sed -n 30p | cut -d: -f2)
runs "without outliers" "${train[@]}" --epochs 1 --out w.safetensors --without-outliers "$thirtieth"
check "without outliers: some are left out" grep -qE ', ([1-9]|[12][0-9]) left out' err.txt
printf 'train/happy/00.png\ntrain/fear/01.png, odd\n' >odd.txt
runs "without a list" "${train[@]}" --epochs 1 --out w.safetensors --without odd.txt
check "without a list: two" grep -q ', 2 left out' err.txt
echo 'gone.png' >>odd.txt
refuses 3 'odd.txt, line 3: faces has no picture "gone.png"' "${train[@]}" --out w.safetensors --overwrite --without odd.txt

runs "export a model" "$feltlab" export --model a.safetensors -o a.onnx
check "export: it is ONNX" grep -q 'BatchNormalization\|Conv' a.onnx
runs "export a net" "$feltlab" export --net tiny.net --seed 3 -o net.onnx
refuses 2 'one of them' "$feltlab" export -o x.onnx

runs "evaluate a worse one" "$feltlab" evaluate --model b.safetensors --data faces --robustness -o b.html
runs "compare" "$feltlab" compare a.safetensors b.safetensors flip.safetensors --data faces -o compare.html
runs "explore" "$feltlab" explore --data faces --components 20 -o explore.html
check "explore: counts" grep -qE '^train +192 +192 +192 +192 +0' out.txt
runs "explore as JSON" "$feltlab" explore --data faces --components 20 --json
check "explore: JSON" test "$(number majority out.txt)" = 192
for page in b compare explore; do
    check "page $page: nothing is fetched, no script" bash -c "! sed 's/src=.data:[^>]*>//g' $page.html | grep -qE 'http|src=|<script|@import|url\\('"
    check "page $page: ends" grep -q '</html>' $page.html
    check "page $page: pictures and charts" bash -c "grep -q 'data:image/png;base64,iVBOR' $page.html && grep -q '<svg' $page.html"
    check "page $page: no number is broken" bash -c "! sed 's/src=.data:[^>]*>//g' $page.html | grep -qE '(nan|inf)[ \"]|NaN'"
    check "page $page: well-formed" python3 -c "
import sys
from html.parser import HTMLParser
stack, void = [], {'meta', 'br', 'img', 'rect', 'path', 'circle'}
class P(HTMLParser):
    def handle_starttag(self, tag, attrs):
        if tag not in void: stack.append(tag)
    def handle_startendtag(self, tag, attrs): pass
    def handle_endtag(self, tag):
        assert stack and stack[-1] == tag, (stack[-3:], tag, self.getpos())
        stack.pop()
P().feed(open('$page.html').read())
assert not stack, stack"
done
check "page b: mistakes" grep -q 'Most confident mistakes' b.html
check "page b: the training's curves" grep -q '>Training<' b.html

mkdir -p faces/train/bored
refuses 3 "faces/train/bored: the folder's name is none of" "$feltlab" explore --data faces
rmdir faces/train/bored
head -c 300 faces/valid/sad/01.png >cut.png && mv cut.png faces/valid/sad/01.png
refuses 3 'faces/valid/sad/01.png' "$feltlab" evaluate --model a.safetensors --data faces
mkdir empty
refuses 3 'no fer2013new.csv' "$feltlab" explore --data empty
mkdir -p hollow/train/happy
refuses 3 'no picture of the wanted splits' "$feltlab" explore --data hollow
[ "$n_failed" = 0 ]
