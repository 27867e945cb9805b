#!/bin/sh
# Runs a cata-bridge command as the service's own user on the service's own files, such as: cata-bridge-service setup
if [ "$(id -u)" != 0 ]; then
    echo "Only root may do this: sudo cata-bridge-service $*" >&2
    exit 1
fi
[ $# -gt 0 ] || set -- status
cd /var/lib/cata-bridge || exit 1
exec setpriv --reuid cata-bridge --regid cata-bridge --init-groups --reset-env -- \
    /usr/bin/env CATA_BRIDGE_SERVICE=1 PYTHONUTF8=1 ${LANG:+"LANG=$LANG"} ${TERM:+"TERM=$TERM"} /opt/cata-bridge/cata-bridge "$@"
