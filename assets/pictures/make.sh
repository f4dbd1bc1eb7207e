#!/usr/bin/env bash
# Makes the README's pictures from real runs: the program in a real sixel terminal (xterm under Xvfb), in a
# data directory of its own. Debian packages: xterm xvfb imagemagick xdotool fonts-dejavu-core.
#   assets/pictures/make.sh [SECONDS INTO THE RUN]
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --release
after=${1:-40}

home=$(mktemp -d)
# A copy: what is built meanwhile is another program.
program=$home/stillroom
cp "${CARGO_TARGET_DIR:-target}/release/stillroom" "$program"
export STILLROOM_DATA_DIR=$home/data STILLROOM_CONFIG_DIR=$home/config
display=:$((RANDOM % 400 + 100))
Xvfb "$display" -screen 0 1680x1200x24 -nolisten tcp >/dev/null 2>&1 & server=$!
stop() {
  kill "${terminal:-$server}" 2>/dev/null || true
  for run in $("$program" ls --json | grep -o '"id": *[0-9]*' | grep -o '[0-9]*'); do
    "$program" cancel "$run" >/dev/null 2>&1 || true
  done
  "$program" daemon --stop >/dev/null 2>&1 || true
  kill "$server" 2>/dev/null || true
  rm -rf "$home"
}
trap stop EXIT
until [ -S "/tmp/.X11-unix/X${display#:}" ]; do sleep 0.1; done
export DISPLAY=$display

xterm -ti vt340 -geometry 120x40+0+0 -fa 'DejaVu Sans Mono' -fs 10 -bg '#14161a' -fg '#d7d7d2' \
  -xrm 'XTerm*numColorRegisters: 256' -xrm 'XTerm*disallowedWindowOps: 20,21,SetXprop,SetSelection' \
  -e "$program" & terminal=$!
sleep 4
window=$(xdotool search --onlyvisible --class xterm | head -n 1)
xdotool mousemove 10 10
key() { xdotool key "$1"; sleep "${2:-1}"; }
keys() { for one in "$@"; do key "$one" 0.4; done; }
picture() { import -window "$window" -depth 8 -colors 256 "PNG8:assets/pictures/$1.png"; }
finished() { "$program" ls | grep -c '  *finished ' || true; }

key n 2
picture new
key Return "$after"
picture run

# Siamese against independent augmentation: two pairs of a short run, put together in the form.
keys Escape n e slash i t e r a t i o n s Return Return ctrl+u 6 0 Return minus minus minus
picture form
key S 2
until [ "$(finished)" -ge 5 ]; do sleep 2; done
sleep 3
picture compare

"$program" study add --no-estimate table-1-small
keys 2 Return
until [ "$(finished)" -ge 12 ]; do sleep 2; done
sleep 3
picture studies
keys 1
sleep 2
picture queue
