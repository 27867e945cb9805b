#!/bin/sh
# Makes sure that Chinese and Tamil can be shown: installs fonts where apt and root are at hand, else says what to install.
set -u
python="$1"
fonts="fonts-inter fonts-noto-core fonts-noto-cjk"
[ "$(uname -s)" = Linux ] || exit 0
complete() { QT_QPA_PLATFORM=offscreen "$python" -m gui.fonts >/dev/null 2>&1; }
"$python" -c "import PySide6.QtWidgets" 2>/dev/null || exit 0
complete && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    # shellcheck disable=SC2086
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $fonts) >/dev/null 2>&1
    complete && exit 0
fi
echo "Chinese and Tamil would be shown as boxes; everything else works without. As root: apt-get install $fonts" >&2
exit 0
