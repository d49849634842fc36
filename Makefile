# SPDX-License-Identifier: GPL-2.0
# Lifeboat.  make | make deps | make demo | make check | make soak N= | make fuzz | make bench | make install
#
# Userspace and the dump kernel are built from lists of folders: a new .c file in
# one of them is part of the build.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
PYTHON ?= /usr/bin/python3
CC := gcc
# A word a step; V=1 shows the commands, -s shows nothing.
say = $(if $(V),,@$(if $(findstring s,$(firstword -$(MAKEFLAGS))),,echo '  $(1)	$(2)';))

VERSION := 0.1

include tests/packages.mk

all: tools dumpkernel kexec_test kdump-init kdump-save

# --- what must be installed ----------------------------------------------------

.PHONY: all tools dumpkernel kexec_test kdump-init kdump-save deps demo check soak fuzz bench install clean unit FORCE

$(BUILD)/have-tools: tests/packages.mk
	@missing=; for p in $(BUILD_PACKAGES); do \
		dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
		echo "make: these packages are needed to build and are not installed:$$missing" >&2; \
		echo "make: as root: apt-get install --no-install-recommends$$missing" >&2; \
		echo "make: or 'make deps' (root) for everything, tests included" >&2; exit 1; fi
	@mkdir -p $(BUILD) && touch $@

deps:
	@[ "$$(id -u)" = 0 ] || { echo "make deps: installs Debian packages, so run it as root" >&2; exit 1; }
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(BUILD_PACKAGES) $(TEST_PACKAGES) $(LINUX_PACKAGES)

# --- flags -----------------------------------------------------------------------

WARN := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wno-unused-parameter
USER_CFLAGS := -std=gnu11 -O2 -g $(WARN) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DVERSION='"$(VERSION)"' \
	-DPREFIX='"$(PREFIX)"' -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
	-Icapture/include -Ivmlinux-lds -Ikdump-tools
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# --- userspace -------------------------------------------------------------------

CAPTURE_SRC := $(wildcard capture/*.c)
CODEC_SRC := $(wildcard capture/codecs/*.c)
COMMON_SRC := $(wildcard kdump-tools/common/*.c)
KEXEC_LIB_SRC := $(filter-out %/main.c,$(wildcard kdump-tools/kexec/*.c)) $(wildcard kdump-tools/kexec/*.S)
KDUMPCTL_LIB_SRC := $(filter-out %/main.c,$(wildcard kdump-tools/kdumpctl/*.c)) $(wildcard kdump-tools/initramfs/*.c)
KDUMP_INIT_LIB_SRC := $(filter-out %/main.c,$(wildcard kdump-tools/kdump-init/*.c))
KDUMP_SAVE_LIB_SRC := $(filter-out %/main.c %/codecs_boot.c,$(wildcard kdump-tools/kdump-save/*.c))
USER_LIB_SRC := $(CAPTURE_SRC) $(CODEC_SRC) $(COMMON_SRC) $(KEXEC_LIB_SRC) $(KDUMPCTL_LIB_SRC) $(KDUMP_INIT_LIB_SRC) $(KDUMP_SAVE_LIB_SRC)

user_obj = $(addprefix $(BUILD)/user/,$(addsuffix .o,$(1)))
san_obj = $(addprefix $(BUILD)/san/,$(addsuffix .o,$(1)))

KEXEC_OBJ := $(call user_obj,kdump-tools/kexec/main.c $(CAPTURE_SRC) $(COMMON_SRC) $(KEXEC_LIB_SRC))
KDUMPCTL_OBJ := $(call user_obj,kdump-tools/kdumpctl/main.c $(CAPTURE_SRC) $(COMMON_SRC) $(KDUMPCTL_LIB_SRC))
KEXEC_LIBS := -lelf -lz -llzma -lzstd
KDUMPCTL_LIBS := -lblkid -ljson-c -lkmod
KDUMP_SAVE_LIBS := -ldeflate -llzo2 -lzstd -lsnappy
TOOLS := $(BUILD)/bin/kexec $(BUILD)/bin/kdumpctl

tools: $(TOOLS)

$(BUILD)/user/%.o: % | $(BUILD)/have-tools
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(USER_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/bin/kexec: $(KEXEC_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -o $@ $^ $(KEXEC_LIBS)

# What kdumpctl does not use of kexec/ is not to be linked, with the libraries it needs.
$(BUILD)/user/kexec.a: $(call user_obj,$(KEXEC_LIB_SRC))
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/bin/kdumpctl: $(KDUMPCTL_OBJ) $(BUILD)/user/kexec.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -o $@ $^ -Wl,--as-needed $(KDUMPCTL_LIBS) $(KEXEC_LIBS)

# --- unit tests (cmocka, with sanitizers) ------------------------------------------
# tests/unit/<path>/test_<file>.c, each a program; it may use everything but main.c,
# and the helpers: every other .c file under tests/unit/.

UNIT_SRC := $(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c)
UNIT_HELPER_SRC := $(filter-out $(UNIT_SRC),$(wildcard tests/unit/*/*.c tests/unit/*/*/*.c))
UNIT_BIN := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRC))

$(BUILD)/san/%.o: % | $(BUILD)/have-tools
	@mkdir -p $(@D)
	$(call say,CC,$< (sanitized))$(CC) $(USER_CFLAGS) $(SANITIZE) -U_FORTIFY_SOURCE -O1 -MMD -MP -c -o $@ $<

$(BUILD)/san/all.a: $(call san_obj,$(USER_LIB_SRC))
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/san/unit-helpers.a: $(call san_obj,$(UNIT_HELPER_SRC))
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/unit/%: $(BUILD)/san/tests/unit/%.c.o $(BUILD)/san/unit-helpers.a $(BUILD)/san/all.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(SANITIZE) -o $@ $^ -lcmocka $(KDUMPCTL_LIBS) $(KEXEC_LIBS) $(KDUMP_SAVE_LIBS)

.SECONDARY:

unit: $(UNIT_BIN)
	@printf '%s\n' $(UNIT_BIN) | xargs -n 1 -P $$(nproc) sh -c ' \
		if timeout 300 $$0 >$$0.log 2>&1; then \
			echo "ok $${0#$(BUILD)/} ($$(sed -n "s/^\[  PASSED  \] \([0-9]*\) .*/\1/p" $$0.log) tests)"; \
		else echo "FAIL $${0#$(BUILD)/} (log in $$0.log)"; grep -v "\[ RUN\|\[       OK" $$0.log; exit 1; fi'

# --- fuzzers (clang's libFuzzer, with sanitizers) -----------------------------------
# tests/fuzz/fuzz_<what>.c, each a program that runs SECONDS; it may use what a unit test
# may.  Inputs that find something new stay in $(BUILD)/fuzz/corpus for the next run.

SECONDS ?= 30
FUZZ_CC := clang-14
FUZZ_CFLAGS := $(USER_CFLAGS) -U_FORTIFY_SOURCE -O1 -fno-sanitize-recover=all -Itests/unit/capture
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SRC))
FUZZ_LIB_SRC := $(filter %.c,$(USER_LIB_SRC)) $(wildcard tests/unit/capture/fake_*.c)

$(BUILD)/fuzz/obj/%.o: % | $(BUILD)/have-tools
	@command -v $(FUZZ_CC) >/dev/null || { echo "make: fuzzing needs $(FUZZ_CC): run 'make deps' as root" >&2; exit 1; }
	@mkdir -p $(@D)
	$(call say,CC,$< (fuzzer))$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/all.a: $(patsubst %,$(BUILD)/fuzz/obj/%.o,$(FUZZ_LIB_SRC))
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/obj/tests/fuzz/fuzz_%.c.o $(BUILD)/fuzz/all.a
	$(call say,LD,$@)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(KDUMPCTL_LIBS) $(KEXEC_LIBS) $(KDUMP_SAVE_LIBS)

fuzz: $(FUZZ_BIN)
	@failed=0; for f in $(FUZZ_BIN); do \
		corpus=$(BUILD)/fuzz/corpus/$${f##*/}; mkdir -p $$corpus; \
		if timeout $$(($(SECONDS) + 120)) $$f -max_total_time=$(SECONDS) -timeout=20 -rss_limit_mb=1024 -max_len=4096 \
			-close_fd_mask=3 -print_final_stats=1 -artifact_prefix=$$f- $$corpus >$$f.log 2>&1; then \
			echo "ok $${f#$(BUILD)/} ($$(sed -n 's/^stat::number_of_executed_units: //p' $$f.log) inputs in $(SECONDS) s)"; \
		else failed=1; echo "FAIL $${f#$(BUILD)/} (log in $$f.log, input in $$f-*)"; \
			grep -a -A 12 'ERROR:\|runtime error:' $$f.log | head -n 30; fi; \
	done; exit $$failed

# --- dump kernel -------------------------------------------------------------------

include dumpkernel/build.mk
include kdump-tools/kexec_test/build.mk
include kdump-tools/kdump-init/build.mk
include kdump-tools/kdump-save/build.mk
include tests/drivers/build.mk

# --- Linux with our subsystem in it (linux, linux-upstream, linux-debug) -----------------

include kernel/build.mk

# --- the crash region at run time, for stock kernels ------------------------------------

include kernel/crashmem/build.mk

# --- whole-system commands: all need QEMU, never touch the host's own kexec ----------

LIFEBOAT = $(PYTHON) -B tests/lifeboat.py

demo check soak bench: FORCE
	@[ -x $(PYTHON) ] || $(MAKE) deps	# what runs the rest, and installs what it misses
	@$(LIFEBOAT) $@ $(if $(N),--repeat $(N)) $(ARGS)

FORCE:

# --- install ---------------------------------------------------------------------

include kdump-tools/install.mk

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
