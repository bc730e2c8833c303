#!/bin/bash
# usage: start-redis.sh DATADIR [PORT=16379]  -> Redis on loopback and, with TLS, on PORT+1 (authority DATADIR/ca.pem); a user "ops" with the password lab-redis-pw
. "$(dirname "$0")/lib.sh"; PORT=${2:-16379}; need redis-server redis-server; need openssl openssl
certificates
cat >"$DATA/redis.conf" <<Y
bind 127.0.0.1
port $PORT
dir $DATA
save ""
tls-port $((PORT+1))
tls-cert-file $DATA/cert.pem
tls-key-file $DATA/key.pem
tls-ca-cert-file $DATA/ca.pem
tls-auth-clients no
user ops on >lab-redis-pw ~* &* +@all
Y
bg redis redis-server "$DATA/redis.conf"
ready 10 redis-cli -p $PORT ping
say PID=$PID URL=redis://127.0.0.1:$PORT CA=$DATA/ca.pem
