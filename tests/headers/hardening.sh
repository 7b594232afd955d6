#!/bin/sh
# What a program that reads hostile files should have at build time, read back from the built ones: position
# independent, all relocations done and read-only at start, no executable stack, stack protector, fortified
# calls, and (x86) CET's landing pads. The mark in the file's notes is missing on Debian 12: the linker drops it, since
# glibc's own start files have none, so the pads themselves are counted.
#   hardening.sh IS_FORTIFIED PROGRAM...
set -u
is_fortified=$1
shift
n=0 failed=0
has() { # PROGRAM WHAT PATTERN readelf-options...
    program=$1 what=$2 pattern=$3
    shift 3
    n=$((n + 1))
    readelf -W "$@" "$program" 2>/dev/null | grep -qE -- "$pattern" || { echo "$program: no $what"; failed=1; }
}
for program in "$@"; do
    has "$program" PIE 'Type: +DYN .*Position-Independent' -h
    has "$program" RELRO 'GNU_RELRO' -l
    has "$program" 'binding at start (full RELRO)' 'FLAGS_1.* NOW' -d
    has "$program" 'stack without execution' 'GNU_STACK .* RW +0x' -l
    has "$program" 'stack protector' '__stack_chk_fail' --dyn-syms
    [ "$is_fortified" = yes ] && has "$program" 'FORTIFY' '__(memcpy|snprintf|vsnprintf|fprintf)_chk' --dyn-syms
    if [ "$(uname -m)" = x86_64 ]; then
        n=$((n + 1))
        [ "$(objdump -d "$program" | grep -c endbr64)" -gt 500 ] || { echo "$program: no CET landing pads"; failed=1; }
    fi
    if readelf -Wd "$program" | grep -q TEXTREL; then echo "$program: text relocations"; failed=1; fi
done
echo "$n checks"
[ "$n" -gt 8 ] && [ "$failed" = 0 ]
