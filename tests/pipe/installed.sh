#!/bin/bash
# What `meson install` puts where: the programs run from there with their data, manual pages and completions name every
# command and option that --help names, desktop file and metainfo are valid.
#   installed.sh BUILD_DIR FELTBOARD FELTLAB
set -u
build=$1 feltboard=$2 feltlab=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 n_failed=0
fail() { echo "FAILED: $*"; n_failed=$((n_failed + 1)); }
check() { n=$((n + 1)); eval "$2" || fail "$1"; }
DESTDIR=$work/root meson install --no-rebuild -C "$build" >"$work/log" 2>&1 || { tail -5 "$work/log"; exit 1; }
prefix=$(dirname "$(dirname "$(find "$work/root" -name feltboard -path '*/bin/*')")")
check "nothing but /usr/local" '[ "$(find "$work/root" -type f | grep -vc "^$prefix/")" = 0 ]'
# By the shell itself: a grep a word would take most of the test's time.
has_word() { [[ $2 =~ (^|[^a-z0-9-])"$1"($|[^a-z0-9-]) ]]; }
for program in "$feltboard" "$feltlab"; do
    name=$(basename "$program")
    page=$(find "$prefix" -name "$name.1") bash=$(find "$prefix" -path "*bash-completion*/$name") zsh=$(find "$prefix" -name "_$name") fish=$(find "$prefix" -name "$name.fish")
    texts=("$(sed 's/\\f.//g; s/\\//g' "$page")" "$(<"$bash")" "$(<"$zsh")" "$(<"$fish")") names=("manual page" bash zsh fish)
    commands=$("$program" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p')
    check "$name has commands" '[ "$(echo "$commands" | wc -l)" -gt 5 ]'
    for command in $commands; do
        options=$("$program" "$command" --help | sed -n 's/^  \(-., \)\{0,1\}--\([a-z0-9-]*\).*/\2/p')
        of_command=$(grep -- "from $command" "$fish")
        check "$name $command has options" '[ -n "$options" ]'
        for i in 0 1 2 3; do check "$name $command: ${names[i]}" 'has_word "$command" "${texts[i]}"'; done
        for option in $options; do
            for i in 0 1 2; do check "$name $command --$option: ${names[i]}" 'has_word "--$option" "${texts[i]}"'; done
            check "$name $command --$option: fish" 'has_word "-l $option" "$of_command"'
        done
    done
    check "bash takes it" 'bash -n "$bash"'
    command -v man >/dev/null && check "man takes the page" '[ -z "$(man --warnings -l "$page" 2>&1 >/dev/null)" ]'
    command -v zsh >/dev/null && check "zsh takes it" 'zsh -n "$zsh"'
    command -v fish >/dev/null && check "fish takes it" 'fish -n "$fish"'
done
completes() { bash -c ". '$bash_feltboard'; COMP_WORDS=(feltboard $1); COMP_CWORD=$2; _feltboard; echo \${COMPREPLY[*]}"; }
bash_feltboard=$(find "$prefix" -path '*bash-completion*/feltboard')
check "feltboard exp<Tab>" '[ "$(completes exp 1)" = export ]'
check "feltboard analyze --res<Tab>" '[ "$(completes "analyze --res" 2)" = --resume ]'
check "feltboard sessions forget<Tab>" '[ "$(completes "sessions forget" 2)" = forget-student ]'
if command -v desktop-file-validate >/dev/null; then check "desktop file" 'desktop-file-validate "$prefix"/share/applications/*.desktop'; fi
if command -v appstreamcli >/dev/null; then check "metainfo" 'appstreamcli validate --no-net "$prefix"/share/metainfo/*.xml >/dev/null'; fi
check "icon" 'xmllint --noout "$prefix"/share/icons/hicolor/scalable/apps/feltboard.svg 2>/dev/null || ! command -v xmllint >/dev/null'
check "notice" '[ -s "$prefix/share/doc/feltboard/notice.html" ]'
export FELTBOARD_DATADIR=$prefix/share/feltboard XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config SDL_VIDEODRIVER=dummy
check "it runs with the installed data" '"$prefix/bin/feltboard" analyze demo --duration 0.3 --size 320x240 --video --out "$work/s" >"$work/out" 2>"$work/err"'
check "feltlab too" '"$prefix/bin/feltlab" model --default >"$work/out"'
echo "# $n checks, $n_failed failed"
[ $n_failed = 0 ] && [ $n -gt 200 ]
