#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What the user of the Debian guest would see and do; told on the console.
say() { echo "story: $*" >/dev/ttyS0; }
tell() { journalctl -b -o cat --no-pager -u "$1" | while read -r line; do say "$1: $line"; done; }

case $1 in
prepare) # once, before kdump.service
	[ -e /var/lib/story ] || $(cat /etc/story-prepare) 2>&1 | while read -r line; do say "mkdump: $line"; done
	exit 0 ;;
esac

if [ ! -e /var/lib/story ]; then
	touch /var/lib/story
	sync
	tell kdump.service
	say "status: $(kdumpctl status 2>&1 | tr '\n' ' ')"
	say "kdump-check.timer is $(systemctl is-active kdump-check.timer)"
	[ ! -x /usr/local/bin/before-panic ] || before-panic
	say panic
	sleep 1
	echo c >/proc/sysrq-trigger
fi
say "second boot"
for i in $(seq 60); do
	[ -e "$(ls -d /var/crash/*/vmcore 2>/dev/null)" ] && break
	sleep 1
done
tell kdump-collect.service
tell kdump.service
say "status: $(kdumpctl status 2>&1 | tr '\n' ' ')"
for file in /var/crash/*/*; do
	say "found $(stat -c '%a %s' "$file") $file"
done
sync
say end
systemctl poweroff
