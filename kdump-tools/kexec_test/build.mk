# SPDX-License-Identifier: GPL-2.0
# kexec_test: one freestanding image, as bzImage, ELF64 and ELF32.

KT := $(BUILD)/dumpkernel/kexec_test
KT_DK := libk serial paging
KT_SRC := $(wildcard kdump-tools/kexec_test/*.c kdump-tools/kexec_test/*.S)
KT_OBJ := $(addprefix $(DK)/,$(addsuffix .o,$(KT_SRC) $(KT_DK:%=dumpkernel/%.c) capture/crc32.c))
KEXEC_TEST := $(addprefix $(BUILD)/kexec_test/kexec_test.,bzImage elf64 elf32)

kexec_test: $(KEXEC_TEST)

$(KT)/kexec_test.lds: vmlinux-lds/kexec_test.lds.S | $(BUILD)/have-tools
	@mkdir -p $(@D)
	@$(CC) -E -P -x assembler-with-cpp -o $@ $<

# As for the dump kernel: it runs wherever it was loaded, so no absolute address may be left.
$(KT)/kexec_test.elf: $(KT_OBJ) $(KT)/kexec_test.lds
	$(call say,LD,$@)ld -static --emit-relocs --no-relax -z noexecstack -z max-page-size=4096 --build-id=none \
		--no-undefined -T $(KT)/kexec_test.lds -Map $(KT)/kexec_test.map -o $@.new $(KT_OBJ)
	@if readelf -rW $@.new | awk '/^Relocation section/ { skip = /\.rela\.(setup|debug)/ } \
		!skip && / R_X86_64_(64|32|32S|16|8) / { print; bad = 1 } END { exit !bad }'; then \
		echo "$@: absolute addresses are left in the image" >&2; exit 1; fi
	@mv $@.new $@

$(BUILD)/kexec_test/kexec_test.elf64: $(KT)/kexec_test.elf
	@mkdir -p $(@D)
	@objcopy --strip-all --remove-section=.setup --remove-section=.rela* $< $@

$(BUILD)/kexec_test/kexec_test.elf32: $(BUILD)/kexec_test/kexec_test.elf64
	@objcopy -I elf64-x86-64 -O elf32-i386 --set-start=0x$$(nm $(KT)/kexec_test.elf | awk '$$3 == "start_32" { print $$1 }') $< $@

$(BUILD)/kexec_test/kexec_test.bzImage: $(KT)/kexec_test.elf
	@mkdir -p $(@D)
	@objcopy -O binary --only-section=.setup --set-section-flags .setup=alloc,load,contents $< $@.setup
	@objcopy -O binary --remove-section=.setup $< $@.image
	@cat $@.setup $@.image >$@.new
	@rm $@.setup $@.image
	@mv $@.new $@
