# SPDX-License-Identifier: GPL-2.0
# The dump kernel: dumpkernel/ and capture/, freestanding, linked into a bzImage.

DK := $(BUILD)/dumpkernel
DK_SRC := $(filter-out dumpkernel/seal.c,$(wildcard dumpkernel/*.c)) $(wildcard dumpkernel/*.S) $(CAPTURE_SRC)
DK_OBJ := $(addprefix $(DK)/,$(addsuffix .o,$(DK_SRC) capture/codecs/lzo.c capture/codecs/zlib.c))
DK_ZSTD_OBJ := $(DK)/capture/codecs/zstd.c.o
DK_CFLAGS := -std=gnu11 -Os -g $(WARN) -ffreestanding -fpie -fvisibility=hidden -mgeneral-regs-only -mno-red-zone \
	-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
	-fno-strict-aliasing -fno-jump-tables -mcmodel=small -fno-common -ffunction-sections -fdata-sections -DVERSION='"$(VERSION)"' \
	-Icapture/include -Ivmlinux-lds -Idumpkernel
DUMPKERNEL := $(BUILD)/boot/dumpkernel $(BUILD)/boot/dumpkernel-zstd

dumpkernel: $(DUMPKERNEL)

$(DK)/%.o: % | $(BUILD)/have-tools
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(DK_CFLAGS) -MMD -MP -c -o $@ $<

# LAYOUT_IMAGE_BYTES is the most that an image may have; the second one has zstd in addition.
# What runs for every page of memory.
$(addprefix $(DK)/capture/,$(addsuffix .c.o,page_filter page_cursor page_bits page_job)): DK_CFLAGS += -O2

$(DK)/dumpkernel.lds: LDS_DEFINE := -DIMAGE_BYTES=LAYOUT_IMAGE_BYTES
$(DK)/dumpkernel-zstd.lds: LDS_DEFINE := -DIMAGE_BYTES=LAYOUT_ZSTD_IMAGE_BYTES
$(DK)/dumpkernel.lds $(DK)/dumpkernel-zstd.lds: vmlinux-lds/dumpkernel.lds.S vmlinux-lds/layout.h | $(BUILD)/have-tools
	@mkdir -p $(@D)
	@$(CC) -E -P -x assembler-with-cpp $(LDS_DEFINE) -Ivmlinux-lds -o $@ $<

$(DK)/seal: dumpkernel/seal.c capture/crc32.c capture/include/capture/crc32.h vmlinux-lds/layout.h
	@mkdir -p $(@D)
	@$(CC) $(USER_CFLAGS) -o $@ dumpkernel/seal.c capture/crc32.c

# Of capture/ and the distribution's static libraries only what is used.  No libc, no libgcc: an undefined symbol fails
# the link.  The image runs wherever it was loaded and relocates itself: nothing but relative relocations may be left.
DK_LIBS = $(foreach l,deflate lzo2 $(1),$(shell $(CC) -print-file-name=lib$(l).a))
define dk_link
	$(call say,LD,$@)ld -pie --no-dynamic-linker -z text --gc-sections -z noexecstack -z max-page-size=4096 --build-id=none \
		--no-undefined -T $< -Map $(basename $@).map -o $@.new $(1) $(call DK_LIBS,$(2))
	@if readelf -rW $@.new | awk '/ R_X86_64_/ && !/ R_X86_64_RELATIVE / { print; bad = 1 } END { exit !bad }'; then \
		echo "$@: the image can't relocate itself" >&2; exit 1; fi
	@mv $@.new $@
endef

$(DK)/dumpkernel.elf: $(DK)/dumpkernel.lds $(DK_OBJ)
	$(call dk_link,$(DK_OBJ))

$(DK)/dumpkernel-zstd.elf: $(DK)/dumpkernel-zstd.lds $(DK_OBJ) $(DK_ZSTD_OBJ)
	$(call dk_link,$(DK_OBJ) $(DK_ZSTD_OBJ),zstd)

$(DUMPKERNEL): $(BUILD)/boot/%: $(DK)/%.elf $(DK)/seal
	@mkdir -p $(@D)
	@objcopy -O binary $< $@.new
	@$(DK)/seal $@.new
	@mv $@.new $@
