#!/bin/sh
# Makes sure that the storage fault harnesses can run: strace and a C compiler. Without them those tests are skipped and say so.
set -u
[ "$(uname -s)" = Linux ] || exit 0
missing=""
command -v strace >/dev/null || missing="$missing strace"
command -v cc >/dev/null || command -v gcc >/dev/null || missing="$missing gcc libc6-dev"
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    # shellcheck disable=SC2086
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing) >/dev/null 2>&1 && exit 0
fi
echo "Some storage fault tests will not run. As root: apt-get install$missing" >&2
exit 0
