# SPDX-License-Identifier: GPL-2.0
# The init of a Linux capture kernel: static, since nothing else need be in its initramfs.

KI := $(BUILD)/kdump-init
KDUMP_INIT := $(BUILD)/boot/kdump-init
KDUMP_INIT_OBJ := $(addprefix $(KI)/,$(addsuffix .o,$(wildcard kdump-tools/kdump-init/*.c)))
KDUMP_INIT_LIB_OBJ := $(addprefix $(KI)/,$(addsuffix .o,$(CAPTURE_SRC) $(COMMON_SRC)))
KDUMP_INIT_CFLAGS := $(filter-out -O2,$(USER_CFLAGS)) -Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables

kdump-init: $(KDUMP_INIT)

$(KI)/%.o: % | $(BUILD)/have-tools
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(KDUMP_INIT_CFLAGS) -MMD -MP -c -o $@ $<

$(KI)/lib.a: $(KDUMP_INIT_LIB_OBJ)
	@rm -f $@
	@ar rcs $@ $^

$(KDUMP_INIT): $(KDUMP_INIT_OBJ) $(KI)/lib.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -static -s -Wl,--gc-sections -o $@ $^ -lblkid -luuid
