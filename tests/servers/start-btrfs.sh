#!/bin/bash
# usage: start-btrfs.sh DATADIR  -> btrfs image of 512 MB loop-mounted at DATADIR/mnt, subvolume data; undo: umount DATADIR/mnt
. "$(dirname "$0")/lib.sh"; need mkfs.btrfs btrfs-progs; T0=$(now_ms)
[ -f "$DATA/img" ] || { truncate -s 512M "$DATA/img"; mkfs.btrfs -q "$DATA/img"; }
mkdir -p "$DATA/mnt"; mountpoint -q "$DATA/mnt" || mount -o loop "$DATA/img" "$DATA/mnt"
[ -d "$DATA/mnt/data" ] || btrfs -q subvolume create "$DATA/mnt/data"
echo "MNT=$DATA/mnt LOOP=$(findmnt -no SOURCE "$DATA/mnt") READY_MS=$(( $(now_ms)-T0 ))"
