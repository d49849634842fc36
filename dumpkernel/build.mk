# SPDX-License-Identifier: GPL-2.0
# The dump kernel: dumpkernel/ and capture/, freestanding, linked into a bzImage.

DK := $(BUILD)/dumpkernel
DK_SRC := $(filter-out dumpkernel/seal.c,$(wildcard dumpkernel/*.c)) $(wildcard dumpkernel/*.S) $(CAPTURE_SRC)
DK_OBJ := $(addprefix $(DK)/,$(addsuffix .o,$(DK_SRC)))
DK_CFLAGS := -std=gnu11 -Os -g $(WARN) -ffreestanding -fpie -fvisibility=hidden -mgeneral-regs-only -mno-red-zone \
	-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
	-fno-strict-aliasing -fno-jump-tables -mcmodel=small -fno-common -ffunction-sections -fdata-sections -DVERSION='"$(VERSION)"' \
	-Icapture/include -Ivmlinux-lds -Idumpkernel
DUMPKERNEL := $(BUILD)/boot/dumpkernel

dumpkernel: $(DUMPKERNEL)

$(DK)/%.o: % | $(BUILD)/have-tools
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(DK_CFLAGS) -MMD -MP -c -o $@ $<

$(DK)/dumpkernel.lds: vmlinux-lds/dumpkernel.lds.S vmlinux-lds/layout.h | $(BUILD)/have-tools
	@mkdir -p $(@D)
	@$(CC) -E -P -x assembler-with-cpp -Ivmlinux-lds -o $@ $<

$(DK)/seal: dumpkernel/seal.c capture/crc32.c capture/include/capture/crc32.h vmlinux-lds/layout.h
	@mkdir -p $(@D)
	@$(CC) $(USER_CFLAGS) -o $@ dumpkernel/seal.c capture/crc32.c

# Of capture/ only what is used.  No libc, no libgcc: an undefined symbol fails the link.  The image runs wherever it was
# loaded, so no absolute address may be left in it; only .setup has numbers of the layout.
$(DK)/dumpkernel.elf: $(DK_OBJ) $(DK)/dumpkernel.lds
	$(call say,LD,$@)ld -static --gc-sections --emit-relocs --no-relax -z noexecstack -z max-page-size=4096 --build-id=none \
		--no-undefined -T $(DK)/dumpkernel.lds -Map $(DK)/dumpkernel.map -o $@.new $(DK_OBJ)
	@if readelf -rW $@.new | awk '/^Relocation section/ { skip = /\.rela\.(setup|debug)/ } \
		!skip && / R_X86_64_(64|32|32S|16|8) / { print; bad = 1 } END { exit !bad }'; then \
		echo "$@: absolute addresses are left in the image" >&2; exit 1; fi
	@mv $@.new $@

$(DUMPKERNEL): $(DK)/dumpkernel.elf $(DK)/seal
	@mkdir -p $(@D)
	@objcopy -O binary $< $@.new
	@$(DK)/seal $@.new
	@mv $@.new $@
