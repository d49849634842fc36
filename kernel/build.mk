# SPDX-License-Identifier: GPL-2.0
# make linux: Debian's linux-source-6.1 with kernel/, arch/x86 and capture/linux in it, built with the
# tests' config.  make linux-upstream: the same source and config as they are, to compare with.
# make linux-debug: ours with KASAN, lockdep and their like.  make linux-sparse: ours looked at by sparse and with W=1.
#
# The trees stay in the cache: a built tree that is moved is built again.

LINUX_CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lifeboat/linux-source
LINUX_TREE ?= $(LINUX_CACHE)/ours
UPSTREAM_TREE ?= $(LINUX_CACHE)/upstream
DEBUG_TREE ?= $(LINUX_CACHE)/debug
LINUX_CONFIG := tests/linux/config.fragment
DEBUG_CONFIG := tests/linux/debug.fragment
LINUX_JOBS ?= $(shell nproc)
# The same bytes whenever and by whomever it is built.
LINUX_MAKE = nice -n 19 $(MAKE) -s -j$(LINUX_JOBS) KBUILD_BUILD_TIMESTAMP=2024-01-01 KBUILD_BUILD_USER=lifeboat KBUILD_BUILD_HOST=lifeboat

.PHONY: linux linux-upstream linux-debug linux-sparse

$(LINUX_CACHE)/linux-source.tar.xz:
	@for p in $(LINUX_PACKAGES); do \
		dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || \
		{ echo "make linux: $$p is not installed: run 'make deps' as root" >&2; exit 1; }; done
	@mkdir -p $(@D)
	$(call say,GET,linux-source-6.1 (140 MB))cd $(@D) && apt-get download -q linux-source-6.1 && \
		dpkg-deb --fsys-tarfile linux-source-6.1_*.deb | tar -xO ./usr/src/linux-source-6.1.tar.xz >new && \
		rm linux-source-6.1_*.deb && mv new $@

# A tree appears by rename, when it is whole.
$(LINUX_TREE)/Makefile $(UPSTREAM_TREE)/Makefile $(DEBUG_TREE)/Makefile: | $(LINUX_CACHE)/linux-source.tar.xz
	$(call say,UNPACK,$(@D))rm -rf $(@D).new && mkdir -p $(@D).new && \
		tar -xJf $(LINUX_CACHE)/linux-source.tar.xz -C $(@D).new --strip-components=1 && rm -rf $(@D) && mv $(@D).new $(@D)

$(LINUX_TREE)/.config $(UPSTREAM_TREE)/.config: $(LINUX_CONFIG)
$(DEBUG_TREE)/.config: $(LINUX_CONFIG) $(DEBUG_CONFIG)

# Made by the tree that it is for, after the overlay is in.
%/.config: | %/Makefile
	$(call say,CONFIG,$@)cat $^ >$@.wanted && $(MAKE) -s -C $(@D) KCONFIG_ALLCONFIG=$@.wanted allnoconfig >/dev/null
	@for line in $$(grep '^CONFIG_' $@.wanted); do \
		grep -qxF "$$line" $@ || { echo "make linux: the tree's Kconfig does not allow $$line" >&2; rm $@; exit 1; }; done

# A tree is built when what goes into it is not what its .built says.
OVERLAY_SRC := $(shell find kernel arch/x86 capture/linux -path kernel/crashmem -prune -o -type f ! -name '*.md' ! -name '*.mk' -print | sort)

define build_linux	# <tree> <what goes into it> <command before>
	@new=$$(cat $(2) | sha256sum); [ "$$new" = "$$(cat $(1)/.built 2>/dev/null)" ] || { \
		rm -f $(1)/.built && $(3) && $(MAKE) -s $(1)/.config && echo '  LINUX	$(1)' && \
		$(LINUX_MAKE) -C $(1) bzImage && echo "$$new" >$(1)/.built; }
	@echo '  READY	$(1)/arch/x86/boot/bzImage'
endef

linux: | $(LINUX_TREE)/Makefile
	$(call build_linux,$(LINUX_TREE),$(OVERLAY_SRC) $(LINUX_CONFIG),kernel/overlay.sh apply $(LINUX_TREE))

linux-debug: | $(DEBUG_TREE)/Makefile
	$(call build_linux,$(DEBUG_TREE),$(OVERLAY_SRC) $(LINUX_CONFIG) $(DEBUG_CONFIG),kernel/overlay.sh apply $(DEBUG_TREE))

linux-upstream: | $(UPSTREAM_TREE)/Makefile
	$(call build_linux,$(UPSTREAM_TREE),$(LINUX_CONFIG),:)

# Whatever is said of our files is an error.  The next make linux compiles them once more, without W=1.
linux-sparse: | $(LINUX_TREE)/Makefile
	@command -v sparse >/dev/null || { echo "make linux-sparse: sparse is not installed: run 'make deps' as root" >&2; exit 1; }
	@kernel/overlay.sh apply $(LINUX_TREE)
	@$(MAKE) -s $(LINUX_TREE)/.config
	@rm -f $(LINUX_TREE)/.built; mkdir -p $(BUILD)/linux
	$(call say,SPARSE,$(LINUX_TREE))$(LINUX_MAKE) -C $(LINUX_TREE) C=2 W=1 kernel/kexec/ arch/x86/kexec/ fs/proc/vmcore/ >$(BUILD)/linux/sparse.log 2>&1 || \
		{ cat $(BUILD)/linux/sparse.log >&2; exit 1; }
	@if [ -s $(BUILD)/linux/sparse.log ]; then cat $(BUILD)/linux/sparse.log >&2; exit 1; fi
