#!/bin/bash
# feltlab on real data, end to end: a tiny net trained for one epoch, then evaluated from a data folder,
# from a manifest of the same pictures, compared with itself, and with what may be wrong with the input.
#   feltlab.sh FELTLAB
. "$(dirname "$0")/../checks.sh"
data=${FELTBOARD_SHARED:-}/data
[ -r "$data/fer2013-sample/fer2013.csv" ] || { echo "skipped: no sample data under FELTBOARD_SHARED"; exit 77; }

printf '%s\n' 'input 1 48 48' 'conv out=8 kernel=3 stride=2' 'relu' 'conv out=8 kernel=3 stride=2' \
    'relu' 'globalpool' 'dense out=8' 'softmax' >tiny.net
"$feltlab" train --net tiny.net --data "$data/fer2013-sample" --out tiny.safetensors --epochs 1 --threads 1 \
    --augment none >train.txt 2>&1 || { cat train.txt; echo "training: FAILED"; exit 1; }

"$feltlab" evaluate --model tiny.safetensors --data "$data/fer2013-sample" --json >data.json 2>report.txt
check "data: exit 0" test $? = 0
check "data: n = 175 majority" test "$(number n data.json)" = 175
check "data: one line of JSON" test "$(wc -l <data.json)" = 1
check "report: rows read" grep -q 'valid: 200 of 200 rows read' report.txt
"$feltlab" evaluate --model tiny.safetensors --data "$data/fer2013-sample" --protocol plurality --json >plurality.json 2>/dev/null
check "data: n = 199 plurality" test "$(number n plurality.json)" = 199
"$feltlab" evaluate --model tiny.safetensors --data "$data/fer2013-sample" --threads 2 --json >threads.json 2>/dev/null
check "threads do not change it" test "$(number accuracy data.json) $(number nll data.json)" = "$(number accuracy threads.json) $(number nll threads.json)"

"$feltlab" evaluate --model tiny.safetensors --data "$data/fer2013-sample" --robustness --json -o page.html >robust.json 2>/dev/null
check "robustness: unchanged is the accuracy" awk "BEGIN{d=$(number unchanged robust.json)-$(number accuracy robust.json); exit !(d < 1e-4 && d > -1e-4)}"
check "robustness: a row each" test "$(grep -o 'covered"' robust.json | wc -l)" = 2
check "page: no request" bash -c "! sed 's/src=.data:[^>]*>//g' page.html | grep -qE 'http|src=|<script'"
check "page: ends" grep -q '</html>' page.html

"$feltlab" compare tiny.safetensors tiny.safetensors --data "$data/fer2013-sample" --json >compare.json 2>/dev/null
check "compare: same model, p = 1" test "$(number p_same_as_first compare.json)" = 1.0000
"$feltlab" outliers --data "$data/fer2013-sample" --components 20 --top 7 --json >outliers.json 2>/dev/null
check "outliers: seven" test "$(grep -o '"name"' outliers.json | wc -l)" = 7
"$feltlab" model --model tiny.safetensors --json >model.json 2>/dev/null
check "model: its n" test "$(number n model.json)" = 175

# the same pictures by folder and by manifest give the same numbers
if [ -r "$data/ferplus/FER2013Valid" ]; then
    mkdir few few/FER2013Valid
    head -1 "$data/ferplus/fer2013new.csv" >few/fer2013new.csv
    grep '^PublicTest' "$data/ferplus/fer2013new.csv" | grep -E ',(10|9),|,(10|9)\b' | grep -E 'png,(9|10),|png,0,(9|10),' | head -60 >>few/fer2013new.csv
    echo path,label >few.csv
    tail -n +2 few/fer2013new.csv | while IFS=, read -r usage name neutral rest; do
        cp "$data/ferplus/FER2013Valid/$name" few/FER2013Valid/
        if [ "$neutral" -ge 9 ]; then label=neutral; else label=happiness; fi
        echo "few/FER2013Valid/$name,$label" >>few.csv
    done
    "$feltlab" evaluate --model tiny.safetensors --data few --json >folder.json 2>err.txt || cat err.txt
    "$feltlab" evaluate --model tiny.safetensors --manifest few.csv --json >manifest.json 2>err.txt || cat err.txt
    check "manifest: 60 faces" test "$(number n manifest.json)" = 60
    check "manifest: same as the folder" test "$(number accuracy folder.json) $(number nll folder.json)" = "$(number accuracy manifest.json) $(number nll manifest.json)"
fi

evaluate=("$feltlab" evaluate --model tiny.safetensors)
printf 'path,label\nnone.png,neutral\n' >missing.csv
printf 'path,label\npage.html,neutral\n' >text.csv
printf 'path,label\nnone.png,joy\n' >label.csv
printf 'file,label\nnone.png,neutral\n' >header.csv
printf 'path,label\n' >empty.csv
refuses 3 'missing.csv, line 2' "${evaluate[@]}" --manifest missing.csv
refuses 3 'text.csv, line 2' "${evaluate[@]}" --manifest text.csv
refuses 3 'line 2, column label: "joy"' "${evaluate[@]}" --manifest label.csv
refuses 3 'line 1: no column "path"' "${evaluate[@]}" --manifest header.csv
refuses 3 'no rows' "${evaluate[@]}" --manifest empty.csv
refuses 3 'No such file' "${evaluate[@]}" --manifest none.csv
refuses 3 'test split is absent' "${evaluate[@]}" --data "$data/fer2013-sample" --split test
refuses 3 'no fer2013new.csv' "${evaluate[@]}" --data "$work"
refuses 3 'page.html' "$feltlab" evaluate --model page.html --data "$data/fer2013-sample"
refuses 2 'one of them' "${evaluate[@]}"
refuses 2 'none of train' "${evaluate[@]}" --data x --split dev
refuses 2 'neither majority' "${evaluate[@]}" --data x --protocol votes
refuses 2 'is for the pictures' "${evaluate[@]}" --data x --detect
refuses 2 'goes with --detect' "${evaluate[@]}" --manifest x.csv --detector haar
refuses 2 "'eyes' is none of haar" "${evaluate[@]}" --manifest x.csv --detect --detector eyes
refuses 2 'unknown option' "${evaluate[@]}" --colour
refuses 2 'needs a value' "${evaluate[@]}" --data
refuses 2 'whole number' "${evaluate[@]}" --data x --threads 1.5
refuses 2 'not an option' "${evaluate[@]}" --data x y
refuses 2 'no model' "$feltlab" compare --data x
refuses 2 'is needed' "$feltlab" outliers
refuses 2 'is needed' "$feltlab" basis --data x
refuses 2 'unknown command' "$feltlab" evalute
[ "$n_failed" = 0 ]
