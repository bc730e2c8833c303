#!/bin/bash
# usage: start-systemd-guest.sh DATADIR [SSHPORT=12322]  -> real Debian 12 with systemd as PID 1 in systemd-nspawn (shares the host network namespace; sshd on 127.0.0.1:SSHPORT, key DATADIR/id_ed25519)
. "$(dirname "$0")/lib.sh"; PORT=${2:-12322}; need systemd-nspawn systemd-container; need debootstrap debootstrap
R=$DATA/rootfs; BASE=${HOMELAB_TEST_CACHE:-/var/cache/homelab-tests}/bookworm-2
# A minute of debootstrap, once a machine: each guest starts from a copy.
if [ ! -f "$BASE.done" ]; then
  mkdir -p "$BASE"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,openssh-server,procps,iproute2,logrotate bookworm "$BASE" "$(grep -hoE '^URIs: *https?://[^ ]+/debian$|^deb +(\[[^]]*\] +)?https?://[^ ]+/debian ' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oE 'https?://[^ ]+' | head -1)" >"$DATA/debootstrap.log" 2>&1
  # Not by debootstrap, which does not know in which order Python's packages are set up.
  chroot "$BASE" sh -c 'export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -qq -y --no-install-recommends certbot dnsmasq && apt-get clean' >>"$DATA/debootstrap.log" 2>&1
  touch "$BASE.done"
fi
[ -d "$R/etc" ] || cp -a "$BASE" "$R"
[ -f "$DATA/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -f "$DATA/id_ed25519"
(cd "$R"; mkdir -p root/.ssh; chmod 700 root/.ssh; cp "$DATA/id_ed25519.pub" root/.ssh/authorized_keys)
printf 'Port %s\nListenAddress 127.0.0.1\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nUsePAM no\nSubsystem sftp internal-sftp\n' $PORT >"$R/etc/ssh/sshd_config"
printf '[Unit]\nDescription=Lab web\n[Service]\nExecStart=/bin/bash -c "while :; do echo tick; sleep 1; done"\nRestart=no\n[Install]\nWantedBy=multi-user.target\n' >"$R/etc/systemd/system/labweb.service"
printf '[Unit]\nDescription=Crashing\n[Service]\nExecStart=/bin/sh -c "echo boom >&2; exit 3"\nRestart=on-failure\nRestartSec=200ms\nStartLimitBurst=3\n' >"$R/etc/systemd/system/labcrash.service"
ln -sf /etc/systemd/system/labweb.service "$R/etc/systemd/system/multi-user.target.wants/labweb.service"; rm -f "$R"/etc/systemd/system/multi-user.target.wants/{systemd-networkd,dnsmasq}.service "$R/etc/systemd/system/timers.target.wants/certbot.timer"
bg nspawn systemd-nspawn -q --register=no --keep-unit -D "$R" --machine=labguest-$PORT --boot --console=pipe
ready 60 tcp $PORT
sleep 0.2; ssh-keyscan -p $PORT 127.0.0.1 2>/dev/null >"$DATA/known_hosts"
say PID=$PID SSH="ssh -i $DATA/id_ed25519 -o UserKnownHostsFile=$DATA/known_hosts -p $PORT root@127.0.0.1"
