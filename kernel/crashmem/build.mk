# SPDX-License-Identifier: GPL-2.0
# make modules [KERNELS="RELEASE..."]: crashmem.ko for these kernels (the running one), whose headers are installed.
# make install-modules: puts them where modprobe finds them.  make install leaves the source for DKMS.

KERNELS ?= $(shell uname -r)
CRASHMEM_SRC := kernel/crashmem/Kbuild kernel/crashmem/main.c kernel/crash_range.c kernel/crash_range.h
CRASHMEM_DKMS = $(DESTDIR)/usr/src/lifeboat-crashmem-$(VERSION)

.PHONY: modules install-modules install-dkms

modules: $(patsubst %,$(BUILD)/modules/%/crashmem.ko,$(KERNELS))

$(BUILD)/modules/%/crashmem.ko: $(CRASHMEM_SRC)
	@[ -d /lib/modules/$*/build ] || { echo "make modules: kernel $* has no headers here: apt-get install linux-headers-$*" >&2; exit 1; }
	@mkdir -p $(@D) && cp $^ $(@D)
	$(call say,MODULE,$@)$(MAKE) -s -C /lib/modules/$*/build M=$(abspath $(@D)) modules

install-modules: modules
	for kernel in $(KERNELS); do \
		install -D -m 0644 $(BUILD)/modules/$$kernel/crashmem.ko $(DESTDIR)/lib/modules/$$kernel/updates/crashmem.ko && \
		$(if $(DESTDIR),:,depmod $$kernel) || exit 1; done

install-dkms:
	install -d $(CRASHMEM_DKMS)
	install -m 0644 $(CRASHMEM_SRC) $(CRASHMEM_DKMS)
	sed 's|@VERSION@|$(VERSION)|g' kernel/crashmem/dkms.conf.in >$(CRASHMEM_DKMS)/dkms.conf
