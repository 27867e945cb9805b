#!/bin/sh
# Makes sure that Qt can start: installs its system libraries where apt and root are at hand, else says what to install.
set -u
python="$1"
libraries="libglib2.0-0 libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxkbcommon-x11-0 libxcb-shape0"
# Importing is not enough: what draws windows is loaded only where a display is.
draws="import ctypes, PySide6.QtWidgets; ctypes.CDLL(PySide6.__path__[0] + '/Qt/plugins/platforms/libqxcb.so')"
works() { "$python" -c "$draws" 2>/dev/null; }
[ "$(uname -s)" = Linux ] || exit 0
works && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    # shellcheck disable=SC2086
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $libraries) >/dev/null 2>&1
    works && exit 0
fi
echo "The screen needs Qt's system libraries; everything else works without. As root: apt-get install $libraries" >&2
exit 0
