#!/bin/sh
# The screen of this session: a client of the machine's agent where that is a service, else with an agent of its own.
program=/opt/cata-bridge/cata-bridge-screen
service=/run/cata-bridge
desk="${XDG_DATA_HOME:-$HOME/.local/share}/cata-bridge-desk"

[ -z "${CATA_BRIDGE_HOME:-}" ] || exec "$program" "$@"
for word in "$@"; do
    case "$word" in --home | --home=*) exec "$program" "$@" ;; esac
done
if [ -d "$service" ] || systemctl is-enabled --quiet cata-bridge.service 2>/dev/null; then
    if [ -d "$service" ] && [ ! -x "$service" ]; then
        echo "$(id -un) may not use Cata Bridge yet. An administrator allows it with: usermod -aG cata-bridge $(id -un)" >&2
    fi
    # The screen keeps its own log and looks here, and finds the agent's address through the link.
    mkdir -p -m 0700 "$desk" && ln -sfn "$service" "$desk/run"
    exec "$program" --home "$desk" --no-start "$@"
fi
exec "$program" "$@"
