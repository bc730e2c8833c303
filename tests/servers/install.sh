#!/bin/bash
# Installs, as root on Debian 12, every server that the tests can start. Tests of servers that are missing are skipped.
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -y --no-install-recommends \
  bind9 bind9-dnsutils bind9-utils btrfs-progs busybox-static conmon debootstrap docker-compose docker.io iptables netavark aardvark-dns \
  borgbackup certbot git haproxy nginx-light openssh-client openssh-server pebble podman postgresql-15 prometheus prometheus-alertmanager python3-aiosmtpd redis-server restic runc socat systemd-container
