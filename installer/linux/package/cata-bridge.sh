#!/bin/sh
# The command `cata-bridge`; alone it is the screen, as it is for whoever opens it from the menu.
[ $# -gt 0 ] || exec /usr/bin/cata-bridge-screen
exec /opt/cata-bridge/cata-bridge "$@"
