#!/bin/bash
# usage: start-nginx.sh DATADIR [PORT=18080]  -> nginx with DATADIR/nginx.conf, sites in DATADIR/sites-{available,enabled}, status page at /stub_status
. "$(dirname "$0")/lib.sh"; PORT=${2:-18080}; need nginx nginx-light
mkdir -p "$DATA"/{sites-available,sites-enabled,tmp}
cat >"$DATA/nginx.conf" <<Y
worker_processes 1; pid $DATA/nginx-own.pid; error_log $DATA/error.log notice; user root;
events { worker_connections 256; }
http {
  access_log off; client_body_temp_path $DATA/tmp/b; proxy_temp_path $DATA/tmp/p; fastcgi_temp_path $DATA/tmp/f; uwsgi_temp_path $DATA/tmp/u; scgi_temp_path $DATA/tmp/s;
  server { listen 127.0.0.1:$PORT default_server; location = /stub_status { stub_status; } location = /healthz { return 200 "ok\n"; } include $DATA/sites-enabled/*; }
}
Y
bg nginx nginx -p "$DATA" -c "$DATA/nginx.conf" -g 'daemon off;'
ready 10 curl -fsS http://127.0.0.1:$PORT/healthz
say PID=$PID URL=http://127.0.0.1:$PORT
