# SPDX-License-Identifier: GPL-2.0
# kdump-save: dynamic for the running system, static for a Linux capture kernel's initramfs.

KDUMP_SAVE := $(BUILD)/bin/kdump-save
KDUMP_SAVE_BOOT := $(BUILD)/boot/kdump-save
KDUMP_SAVE_SRC := $(wildcard kdump-tools/kdump-save/*.c) $(CAPTURE_SRC) $(CODEC_SRC) $(COMMON_SRC)
# snappy is C++, which the static one does without.
KDUMP_SAVE_OBJ := $(call user_obj,$(filter-out %/codecs_boot.c,$(KDUMP_SAVE_SRC)))
KDUMP_SAVE_BOOT_OBJ := $(call user_obj,$(filter-out %/codecs.c %/codec_snappy.c,$(KDUMP_SAVE_SRC)))

kdump-save: $(KDUMP_SAVE) $(KDUMP_SAVE_BOOT)

$(KDUMP_SAVE): $(KDUMP_SAVE_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -pthread -o $@ $^ $(KDUMP_SAVE_LIBS)

$(KDUMP_SAVE_BOOT): $(KDUMP_SAVE_BOOT_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -pthread -static -s -Wl,--gc-sections -o $@ $^ $(filter-out -lsnappy,$(KDUMP_SAVE_LIBS))
