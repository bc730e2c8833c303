#!/bin/sh
# usage: postgres.sh start DIRECTORY PORT | stop DIRECTORY
# A throw-away PostgreSQL on loopback for tests, installed from Debian when it is missing. It refuses to run as root, so root starts it as the postgres user.
# Prints nothing on success. fsync stays on unless POSTGRES_FSYNC=off.
set -eu
action=$1; directory=$2; port=${3:-}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
if [ -z "$bin" ]; then
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends postgresql ||
    { apt-get -o DPkg::Lock::Timeout=600 update -qq && apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends postgresql; }; } >/dev/null 2>&1
  bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
fi
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi; }
case $action in
  start)
    if [ ! -f "$directory/PG_VERSION" ]; then
      mkdir -p "$directory"
      if [ "$(id -u)" = 0 ]; then chown postgres: "$directory"; fi
      as "$bin/initdb" -D "$directory" -A trust -U postgres -E UTF8 --no-locale --no-sync >"$directory.log" 2>&1
      cat >>"$directory/postgresql.conf" <<CONF
listen_addresses='127.0.0.1'
unix_socket_directories=''
fsync=${POSTGRES_FSYNC:-on}
max_connections=200
deadlock_timeout=500ms
CONF
    fi
    as "$bin/pg_ctl" -D "$directory" -w -t 60 -l "$directory/server.log" -o "-p $port" start >/dev/null 2>&1 </dev/null ;;
  stop)
    as "$bin/pg_ctl" -D "$directory" -w -t 30 -m "${3:-fast}" stop >/dev/null 2>&1 </dev/null || true ;;
  *) echo "postgres.sh: '$action' is neither start nor stop" >&2; exit 2 ;;
esac
