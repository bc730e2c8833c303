#!/bin/bash
# usage: start-prometheus-history.sh DATADIR [PORT=19091]: a Prometheus that keeps months, filled from DATADIR/history.om (OpenMetrics with times) by promtool; uses DATADIR/prometheus.yml if it exists
. "$(dirname "$0")/lib.sh"; PORT=${2:-19091}
need prometheus prometheus; need promtool prometheus
[ ! -f "$DATA/history.om" ] || promtool tsdb create-blocks-from openmetrics -q "$DATA/history.om" "$DATA/tsdb" >"$DATA/promtool.log" 2>&1
[ -f "$DATA/prometheus.yml" ] || printf 'global: {scrape_interval: 15s}\nscrape_configs: []\n' >"$DATA/prometheus.yml"
bg prometheus prometheus --config.file="$DATA/prometheus.yml" --storage.tsdb.path="$DATA/tsdb" --web.listen-address=127.0.0.1:$PORT --storage.tsdb.retention.time=1y
ready 30 curl -fsS http://127.0.0.1:$PORT/-/ready
say PID=$PID URL=http://127.0.0.1:$PORT
