#!/bin/bash
# usage: start-pebble.sh DATADIR [PORT=14000]  -> an ACME authority at https://127.0.0.1:PORT/dir (authority of its own certificate DATADIR/ca.pem);
# it asks port PORT+3 for HTTP-01, and every name is 127.0.0.1. Certificates are valid for PEBBLE_CERT_SECONDS.
. "$(dirname "$0")/lib.sh"; PORT=${2:-14000}; need pebble pebble; need openssl openssl
certificates
cat >"$DATA/pebble.json" <<Y
{"pebble":{"listenAddress":"127.0.0.1:$PORT","managementListenAddress":"127.0.0.1:$((PORT+1))","certificate":"$DATA/cert.pem","privateKey":"$DATA/key.pem","httpPort":$((PORT+3)),"tlsPort":$((PORT+4)),"ocspResponderURL":"","externalAccountBindingRequired":false,"certificateValidityPeriod":${PEBBLE_CERT_SECONDS:-7776000}}}
Y
bg challtestsrv pebble-challtestsrv -management "127.0.0.1:$((PORT+2))" -dns01 "127.0.0.1:$((PORT+5))" -defaultIPv4 127.0.0.1 -defaultIPv6 "" -http01 "" -https01 "" -tlsalpn01 ""; DNS=$PID
export PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 PEBBLE_AUTHZREUSE=0
bg pebble pebble -config "$DATA/pebble.json" -dnsserver 127.0.0.1:$((PORT+5)) -strict=false
ready 15 curl -fsS --cacert "$DATA/ca.pem" https://127.0.0.1:$PORT/dir
say PID=$PID DNSPID=$DNS URL=https://127.0.0.1:$PORT/dir CA=$DATA/ca.pem HTTPPORT=$((PORT+3))
