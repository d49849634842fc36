#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A service of a Debian guest: runs the commands that arrive on ttyS1, as init does in the others.
stty -F /dev/ttyS1 raw -echo
exec </dev/ttyS1 >/dev/ttyS1 2>&1
printf '\n@exit 0\n'
while read -r line; do
	(eval "$line") </dev/null 2>&1
	echo "@exit $?"
done
