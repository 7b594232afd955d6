#!/bin/bash
# Nothing is sent anywhere: the story of a lesson under strace (window, recording, analysis, report, exports,
# sessions, a training tool) tries no socket but AF_UNIX ones; the filter is on in both programs; it is off only
# where a network camera was asked for; files that point elsewhere are refused.
#   no_network.sh FELTBOARD FELTLAB SOURCE_ROOT
set -u
feltboard=$1 feltlab=$2 root=$3
work=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill $server; rm -rf "$work"' EXIT
cd "$work"
export HOME=$work XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config SDL_VIDEODRIVER=dummy FELTBOARD_DATADIR=$root
n_failed=0
fail() { echo "FAILED: $*"; n_failed=$((n_failed + 1)); }

command -v strace >/dev/null || { echo "skipped: strace is missing"; exit 77; }
strace -qq -o probe true 2>/dev/null || { echo "skipped: ptrace is not permitted here"; exit 77; }
# A leak checker cannot run under strace.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"

n=0
# traced COMMAND...: must end well; its socket calls go to trace.N
traced() {
    n=$((n + 1))
    timeout ${seconds:-60} strace -f -qq --seccomp-bpf -e trace=socket,socketpair,connect,io_uring_setup,seccomp,open,openat -o trace.$n "$@" >out 2>err
    local code=$?
    [ $code = 0 ] || [ $code = "${expected:-0}" ] || fail "$* -> exit $code: $(tail -3 err)"
}
# The window is closed by a signal.
seconds=4 expected=124 traced "$feltboard" watch demo --size 640x360 --faces 2 --record --accept-statement
traced "$feltboard" analyze demo --duration 0.5 --size 640x360 --faces 2 --video --no-blur --out "$work/s"
session=$(cat out)
traced "$feltboard" analyze "$session/video.mkv" --every 15 --out "$work/s"
traced "$feltboard" report "$session" -o report.html
traced "$feltboard" export "$session" --format csv -o rows.csv
traced "$feltboard" sessions show "$session"
traced "$feltboard" sessions forget-student "$session" 1
traced "$feltboard" sessions index "$work/s"
traced "$feltboard" sessions delete "$session"
traced "$feltlab" model --default

# (libudev's AF_NETLINK, for joysticks, is refused, and SDL does without.)
grep -hE '(socket|socketpair)\(' trace.* | grep -vE '\(AF_UNIX|\(AF_NETLINK.*= -1 EAFNOSUPPORT' >tried &&
    fail "a socket was tried: $(head -3 tried)"
grep -hE 'sa_family=AF_INET' trace.* >tried && fail "a connection was tried: $(head -3 tried)"
for i in $(seq $n); do # the filter comes before anything of ours is opened (the loader's libraries and a sanitizer's files apart)
    grep -q 'seccomp(SECCOMP_SET_MODE_FILTER.*= 0' trace.$i || fail "no filter in command $i"
    sed '/seccomp(SECCOMP_SET_MODE_FILTER/q' trace.$i | grep -E "O_WRONLY|O_RDWR|$root|$work" | grep -vE '/build[^/]*/|"/tmp/tsan\.rodata\.|/tests/[lt]san\.supp"' >before &&
        fail "opened before the filter: $(head -2 before)"
done

# A listener that notes who comes.
python3 - "$work" <<'PY' &
import socket, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
open(sys.argv[1] + "/port.part", "w").write(str(s.getsockname()[1]))
import os; os.rename(sys.argv[1] + "/port.part", sys.argv[1] + "/port")
while True:
    c, _ = s.accept(); open(sys.argv[1] + "/visits", "ab").write(b"x"); c.close()
PY
server=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.05; done
port=$(cat port)
visits() { stat -c %s visits 2>/dev/null || echo 0; }

# Files that name other files or hosts: refused as videos, and nobody comes.
ffmpeg -v error -f lavfi -i color=s=64x64:d=1 -c:v mpeg4 -y secret.mp4 2>/dev/null || cp "$root/README.md" secret.mp4
printf '#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:%s/a.ts\n' "$port" >net.m3u8
printf '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n%s/secret.mp4\n#EXT-X-ENDLIST\n' "$work" >local.m3u8
printf 'ffconcat version 1.0\nfile %s/secret.mp4\n' "$work" >list.ffconcat
printf "ffconcat version 1.0\nfile 'http://127.0.0.1:%s/a.mp4'\n" "$port" >net.ffconcat
printf 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video %s RTP/AVP 96\na=rtpmap:96 H264/90000\n' "$port" >net.sdp
printf '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1"><BaseURL>http://127.0.0.1:%s/</BaseURL></Representation></AdaptationSet></Period></MPD>\n' "$port" >net.mpd
cp net.m3u8 list.mp4
cp list.ffconcat list.mkv
for name in net.m3u8 local.m3u8 list.ffconcat net.ffconcat net.sdp net.mpd list.mp4 list.mkv; do
    # Without the filter: the whitelists alone keep it.
    timeout 60 "$feltboard" analyze "$name" --allow-network --out "$work/s" >out 2>err
    [ $? = 3 ] || fail "$name is not refused: $(cat err out)"
done
[ "$(visits)" = 0 ] || fail "a file made the program connect"

# A network camera: refused without the option, reached with it.
timeout 60 "$feltboard" analyze "http://127.0.0.1:$port/x" --out "$work/s" >out 2>err
[ $? = 3 ] && [ "$(visits)" = 0 ] || fail "a stream without --allow-network: $(cat err), $(visits) visits"
timeout 60 "$feltboard" analyze "http://127.0.0.1:$port/x" --allow-network --out "$work/s" >out 2>err
[ "$(visits)" -gt 0 ] || fail "a stream with --allow-network is not reached: $(cat err)"
echo "# $n commands traced, $n_failed failed"
[ $n_failed = 0 ]
