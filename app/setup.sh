# Sourced by app/start and tests/run: what the project needs from Debian 12, and how it is built.

build_packages="build-essential meson ninja-build pkg-config
  libopencv-core-dev libopencv-imgproc-dev libopencv-objdetect-dev libopencv-video-dev opencv-data
  libsdl2-dev libsdl2-ttf-dev libfontconfig-dev fonts-dejavu-core
  libopenblas-dev libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libturbojpeg0-dev
  libpng-dev libsqlite3-dev libcjson-dev libexpat1-dev gettext"

fail() { echo "$0: $*" >&2; exit 1; }

# install_packages PACKAGE...: with apt, what is missing of them; nothing when all are there.
install_packages() {
    missing=""
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    sudo=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "needs root or sudo to install:$missing"
        sudo=sudo
    fi
    echo "$0: installing $(echo $missing | wc -w) packages with apt:$missing"
    log=$(mktemp)
    if ! { $sudo env DEBIAN_FRONTEND=noninteractive apt-get update &&
           $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
        tail -5 "$log" >&2
        fail "apt could not install the packages; the log is $log"
    fi
    rm -f "$log"
}

# build DIR TARGET [meson options]: configures once, builds what has changed; says so only when it takes work.
build() {
    dir=$1 target=$2
    shift 2
    if [ ! -f "$dir/build.ninja" ]; then
        echo "$0: configuring $dir"
        meson setup "$dir" "$@" >"$dir.log" 2>&1 || { tail -20 "$dir.log" >&2; fail "meson setup failed; the log is $dir.log"; }
        rm -f "$dir.log"
    fi
    ninja -C "$dir" -n "$target" 2>/dev/null | grep -q 'no work to do' && return 0
    echo "$0: building in $dir"
    log=$dir/build.log
    ninja -C "$dir" "$target" >"$log" 2>&1 || { grep -E 'error|FAILED|undefined' "$log" | head -20 >&2; fail "the build failed; the log is $log"; }
    if grep -q 'warning:' "$log"; then grep 'warning:' "$log" >&2; fi
}
