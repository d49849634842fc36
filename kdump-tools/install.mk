# SPDX-License-Identifier: GPL-2.0
# make install [PREFIX=/usr/local] [DESTDIR=]

UNIT_DIR = $(DESTDIR)$(PREFIX)/lib/systemd/system
MAN_DIR = $(DESTDIR)$(PREFIX)/share/man
UNITS := kdump.service kdump-collect.service kdump-check.service kdump-check.timer

install: tools dumpkernel kexec_test kdump-init kdump-save install-dkms
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/lib/lifeboat $(DESTDIR)/etc $(UNIT_DIR) \
		$(MAN_DIR)/man5 $(MAN_DIR)/man8
	install -m 0755 $(TOOLS) $(KDUMP_SAVE) $(DESTDIR)$(PREFIX)/sbin
	install -m 0644 $(DUMPKERNEL) $(DESTDIR)$(PREFIX)/lib/lifeboat
	install -m 0755 $(KDUMP_INIT) $(DESTDIR)$(PREFIX)/lib/lifeboat/kdump-init
	install -m 0755 $(KDUMP_SAVE_BOOT) $(DESTDIR)$(PREFIX)/lib/lifeboat/kdump-save
	install -m 0644 $(KEXEC_TEST) $(DESTDIR)$(PREFIX)/lib/lifeboat
	for unit in $(UNITS); do \
		sed 's|@PREFIX@|$(PREFIX)|g' kdump-tools/systemd/$$unit.in >$(UNIT_DIR)/$$unit && \
		chmod 0644 $(UNIT_DIR)/$$unit || exit 1; done
	install -m 0644 kdump-tools/man/kdumpctl.8 kdump-tools/man/kexec.8 kdump-tools/man/kdump-save.8 $(MAN_DIR)/man8
	install -m 0644 kdump-tools/man/kdump.conf.5 $(MAN_DIR)/man5
	[ -e $(DESTDIR)/etc/kdump.conf ] || install -m 0644 kdump-tools/kdump.conf.example $(DESTDIR)/etc/kdump.conf
