#!/bin/bash
# usage: start-haproxy.sh DATADIR [PORT=18090]  -> HAProxy with backend "be" of s1 and s2 (answered by itself); runtime socket DATADIR/haproxy.sock and tcp PORT+1
. "$(dirname "$0")/lib.sh"; PORT=${2:-18090}; need haproxy haproxy
cat >"$DATA/haproxy.cfg" <<Y
global
  stats socket $DATA/haproxy.sock mode 600 level admin
  stats socket ipv4@127.0.0.1:$((PORT+1)) level admin
  stats timeout 30s
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
frontend fe
  bind 127.0.0.1:$PORT
  default_backend be
backend be
  server s1 127.0.0.1:$((PORT+2)) weight 10
  server s2 127.0.0.1:$((PORT+3)) weight 10
listen one
  bind 127.0.0.1:$((PORT+2))
  http-request return status 200 content-type text/plain string "s1"
listen two
  bind 127.0.0.1:$((PORT+3))
  http-request return status 200 content-type text/plain string "s2"
Y
bg haproxy haproxy -W -db -f "$DATA/haproxy.cfg" -p "$DATA/haproxy-own.pid"
ready 10 curl -fsS -o /dev/null "http://127.0.0.1:$PORT/"
say PID=$PID URL=http://127.0.0.1:$PORT SOCK=$DATA/haproxy.sock ADMIN=tcp://127.0.0.1:$((PORT+1))
