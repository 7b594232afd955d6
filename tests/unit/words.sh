#!/bin/sh
# Every word of the window is in the translations, none is left out, and the program speaks them.
#   words.sh SOURCE_ROOT
set -eu
root=$1
for tool in xgettext msgfmt msgcmp; do
    command -v $tool >/dev/null || { echo "skipped: $tool (gettext) is missing"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$root/assets/po/update" "$dir/now.pot"
n=$(grep -c '^msgid' "$dir/now.pot")
echo "$n texts"
[ "$n" -gt 150 ]
for po in "$root"/assets/po/*.po; do
    msgcmp "$po" "$dir/now.pot" # untranslated, fuzzy or missing ones are errors
    msgfmt --check --output-file=/dev/null "$po" 2>"$dir/log" || { cat "$dir/log"; exit 1; }
done
# A word left out is noticed.
sed '/^msgid "Cameras"$/,/^msgstr/s/^msgstr.*/msgstr ""/' "$root/assets/po/de.po" >"$dir/less.po"
if msgcmp "$dir/less.po" "$dir/now.pot" 2>/dev/null; then echo "a missing word is not noticed"; exit 1; fi
