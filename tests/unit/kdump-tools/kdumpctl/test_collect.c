// SPDX-License-Identifier: GPL-2.0
#include "capture/kdump_format.h"
#include "fake_root.h"
#include "fault.h"
#include "unit.h"

#include <elf.h>
#include <fcntl.h>

#include "capture/dump_error.h"
#include "kdumpctl/collect.h"
#include "kdumpctl/mkdump.h"

#define DISK_BYTES (66ull << 20)	/* chunks 0 and 1, and the end */
#define CRASH_TIME 1767225599ull	/* 2025-12-31 23:59:59 UTC */
#define FOLDER "/crash/host-2025-12-31-23:59:59"

static const u8 uuid[16] = { 9, 8, 7 };
static struct target_disk disk;
static u64 vmcore_bytes;

static void poke(u64 offset, const void *data, size_t bytes)
{
	int fd = open(fake_path("/disk"), O_WRONLY);

	assert_int_equal(syscall(SYS_pwrite64, fd, data, bytes, offset), bytes);
	close(fd);
}

static u8 pattern(u64 at)
{
	return (u8)(at * 7 + (at >> 12));
}

static void put_stage1(struct target_header *header)
{
	struct stage1_record info = { STAGE1_VMCOREINFO, 5 }, dmesg = { STAGE1_DMESG, 12 };
	u8 area[64] = { 0 };

	memcpy(area, &info, 8);
	memcpy(area + 8, "a=b\nc", 5);
	memcpy(area + 16, &dmesg, 8);
	memcpy(area + 24, "[0] a panic\n", 12);
	poke(TARGET_STAGE1_OFFSET, area, sizeof(area));
	header->stage1_used = 40;
}

/* A target that holds a dump of `bytes` bytes in this state. */
static void make_dump(enum target_state state, u64 bytes)
{
	struct target_header header;
	u8 *data = malloc(bytes + 1);

	fault_set(0, false);
	assert_int_equal(mkdump_write(&disk, uuid, 5), 0);
	assert_int_equal(target_disk_read_header(&disk, &header), 0);
	header.state = state;
	header.crash_time = CRASH_TIME;
	header.dump_bytes = vmcore_bytes = bytes;
	if (state != TARGET_STAGE1)
		put_stage1(&header);
	poke(TARGET_LOG_OFFSET, "dump[0] hello\n", 14);
	header.log_used = 14;
	for (u64 i = 0; i < bytes; i++)
		data[i] = pattern(i);
	poke(TARGET_PAYLOAD_OFFSET, data, bytes);
	free(data);
	assert_int_equal(target_disk_write_header(&disk, &header), 0);
}

static int setup(void **state)
{
	fake_root_setup(state);
	fault_watch_write = NULL;
	fault_set(0, false);
	fake_file("/disk", "");
	return truncate(fake_path("/disk"), DISK_BYTES) ||
	       target_disk_open(&disk, fake_path("/disk"), TARGET_DISK_WRITE) ? -1 : 0;
}

static int teardown(void **state)
{
	target_disk_close(&disk);
	return fake_root_teardown(state);
}

static int collect(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", fake_path("/crash"));
	return collect_from(&disk, "/dev/test", path, "host");
}

static bool exists(const char *name)
{
	return !access(fake_path(name), F_OK);
}

static void assert_file_has(const char *name, const char *text)
{
	char buf[8192] = "";
	FILE *file = fopen(fake_path(name), "r");

	assert_non_null(file);
	buf[fread(buf, 1, sizeof(buf) - 1, file)] = 0;
	fclose(file);
	if (!strstr(buf, text))
		print_error("%s: '%s' not in:\n%s\n", name, text, buf);
	assert_non_null(strstr(buf, text));
}

static void assert_vmcore(const char *name)
{
	int fd = open(fake_path(name), O_RDONLY);
	u8 *data = malloc(vmcore_bytes);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, vmcore_bytes);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(read(fd, data, vmcore_bytes), vmcore_bytes);
	for (u64 i = 0; i < vmcore_bytes; i++)
		if (data[i] != pattern(i))
			fail_msg("byte %llu differs", (unsigned long long)i);
	close(fd);
	free(data);
}

static void assert_empty_target(u64 generation)
{
	struct target_header header;
	u64 offset;

	assert_int_equal(target_disk_read_header(&disk, &header), 0);
	assert_int_equal(header.state, TARGET_EMPTY);
	assert_int_equal(header.generation, generation);
	assert_memory_equal(header.uuid, uuid, sizeof(uuid));
	assert_int_equal(header.dump_bytes, 0);
	assert_int_equal(target_disk_check_stamps(&disk, &header, 0, &offset), 0);
}

static void test_collect_whole_dump(void **state)
{
	make_dump(TARGET_COMPLETE, (3 << 20) + 1234);
	assert_int_equal(collect(), 0);
	assert_vmcore(FOLDER "/vmcore");
	assert_file_has(FOLDER "/vmcore-dmesg.txt", "[0] a panic\n");
	assert_file_has(FOLDER "/kdump.log", "generation 5\n");
	assert_file_has(FOLDER "/kdump.log", "state          complete\n");
	assert_file_has(FOLDER "/kdump.log", "dump[0] hello\n");
	assert_false(exists(FOLDER "/vmcore-incomplete"));
	assert_false(exists(FOLDER "/phase-log.txt"));
	assert_empty_target(6);
	assert_int_equal(collect(), 0);	/* nothing left, no second folder */
	assert_false(exists(FOLDER "-5"));
}

/* Bytes that a terminal would obey do not come through. */
static void test_collect_phase_log(void **state)
{
	static const char said[] = "tsc_khz=1000\nphase=panic tsc=1\nreason=\33[2J\nphase=jump tsc=7001\n";
	struct stage1_record head = { STAGE1_PHASE_LOG, sizeof(said) - 1 };
	struct target_header header;

	make_dump(TARGET_COMPLETE, 1 << 20);
	assert_int_equal(target_disk_read_header(&disk, &header), 0);
	poke(TARGET_STAGE1_OFFSET + 40, &head, sizeof(head));
	poke(TARGET_STAGE1_OFFSET + 48, said, sizeof(said) - 1);
	header.stage1_used = 48 + sizeof(said) - 1;
	assert_int_equal(target_disk_write_header(&disk, &header), 0);
	assert_int_equal(collect(), 0);
	assert_file_has(FOLDER "/phase-log.txt", "phase=panic tsc=1\nreason=.[2J\nphase=jump");
	assert_vmcore(FOLDER "/vmcore");
}

static void test_collect_dump_over_a_stamp(void **state)
{
	make_dump(TARGET_COMPLETE, (63 << 20) + 5000);
	assert_int_equal(collect(), 0);
	assert_vmcore(FOLDER "/vmcore");
	assert_empty_target(6);
}

static void test_collect_nothing(void **state)
{
	assert_int_equal(collect(), -ENOMEDIUM);
	assert_int_equal(mkdump_write(&disk, uuid, 1), 0);
	assert_int_equal(collect(), 0);
	assert_false(exists("/crash"));
}

/* When the target begins to be emptied, the copy must be there, durable and whole. */
static void watch_for_cleaning(const void *data, size_t bytes, off_t offset)
{
	const struct target_header *header = data;

	if (offset || bytes != sizeof(*header) || header->magic != TARGET_MAGIC || header->state != TARGET_CLEANING)
		return;
	assert_vmcore(FOLDER "/vmcore");
	assert_int_equal(fault_before_rename, 's');
}

static unsigned count_operations(void)
{
	make_dump(TARGET_COMPLETE, 2 << 20);
	fault_set(0, false);
	assert_int_equal(collect(), 0);
	return fault_operations;
}

static void interrupt_everywhere(bool for_ever)
{
	unsigned operations = count_operations();

	assert_true(operations > 15);
	fault_watch_write = watch_for_cleaning;
	for (unsigned at = 1; at <= operations; at++) {
		nftw(fake_path("/crash"), fake_remove, 16, FTW_DEPTH | FTW_PHYS);
		fault_watch_write = NULL;
		make_dump(TARGET_COMPLETE, 2 << 20);
		fault_watch_write = watch_for_cleaning;
		fault_set(at, for_ever);
		assert_int_not_equal(collect(), 0);
		fault_set(0, false);
		assert_int_equal(collect(), 0);
		assert_vmcore(FOLDER "/vmcore");
		assert_file_has(FOLDER "/kdump.log", "generation 5\n");
		assert_false(exists(FOLDER "/vmcore-incomplete"));
		assert_false(exists(FOLDER "-5"));
		assert_empty_target(6);
	}
}

static void test_collect_interrupted_once(void **state)
{
	interrupt_everywhere(false);
}

static void test_collect_interrupted_for_ever(void **state)
{
	interrupt_everywhere(true);
}

/* Cut off while the target is emptied, and the copy taken away: the payload is gone, no second copy of it. */
static void test_collect_goes_on_cleaning(void **state)
{
	unsigned operations = count_operations();

	nftw(fake_path("/crash"), fake_remove, 16, FTW_DEPTH | FTW_PHYS);
	make_dump(TARGET_COMPLETE, 2 << 20);
	fault_set(operations - 2, true);
	assert_int_not_equal(collect(), 0);
	fault_set(0, false);
	nftw(fake_path("/crash"), fake_remove, 16, FTW_DEPTH | FTW_PHYS);
	assert_int_equal(collect(), 0);
	assert_false(exists(FOLDER));
	assert_empty_target(6);
}

static void test_collect_same_second_other_dump(void **state)
{
	make_dump(TARGET_COMPLETE, 1 << 20);
	fake_file(FOLDER "/kdump.log", "target of somebody else\n");
	fake_file(FOLDER "/vmcore", "precious");
	assert_int_equal(collect(), 0);
	assert_file_has(FOLDER "/vmcore", "precious");
	assert_vmcore(FOLDER "-5/vmcore");
}

static void test_collect_unknown_time(void **state)
{
	struct target_header header;

	make_dump(TARGET_COMPLETE, 1 << 20);
	target_disk_read_header(&disk, &header);
	header.crash_time = 0;
	target_disk_write_header(&disk, &header);
	assert_int_equal(collect(), 0);
	assert_vmcore("/crash/host-unknown-time-5/vmcore");
}

static void test_collect_failed_without_vmcore(void **state)
{
	struct target_header header;

	make_dump(TARGET_FAILED, 1 << 20);
	target_disk_read_header(&disk, &header);
	header.first_error = DUMP_TARGET_IO;
	strcpy(header.first_error_text, "the disk failed");
	target_disk_write_header(&disk, &header);
	assert_int_equal(collect(), 0);
	assert_false(exists(FOLDER "/vmcore"));
	assert_false(exists(FOLDER "/vmcore-incomplete"));
	assert_file_has(FOLDER "/vmcore-dmesg.txt", "a panic");
	assert_file_has(FOLDER "/kdump.log", "the disk failed (LB-205)");
	assert_empty_target(6);
}

static void test_collect_cut_off_in_stage1(void **state)
{
	make_dump(TARGET_STAGE1, 1 << 20);
	assert_int_equal(collect(), 0);
	assert_false(exists(FOLDER "/vmcore"));
	assert_false(exists(FOLDER "/vmcore-dmesg.txt"));
	assert_file_has(FOLDER "/kdump.log", "not whole");
	assert_empty_target(6);
}

/* The ELF header is written last: where it is, the memory is, too. */
static void test_collect_cut_off_after_the_elf_header(void **state)
{
	struct {
		Elf64_Ehdr ehdr;
		Elf64_Phdr phdr[2];
	} elf = {
		.ehdr = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_CORE,
			  .e_machine = EM_X86_64, .e_phoff = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2 },
		.phdr = { { .p_type = PT_NOTE, .p_offset = 4096, .p_filesz = 100, .p_memsz = 100 },
			  { .p_type = PT_LOAD, .p_offset = 8192, .p_filesz = 1 << 20, .p_memsz = 1 << 20 } },
	};
	struct stat st;

	make_dump(TARGET_WRITING, 2 << 20);
	poke(TARGET_PAYLOAD_OFFSET, &elf, sizeof(elf));
	assert_int_equal(collect(), 0);
	assert_false(exists(FOLDER "/vmcore"));
	assert_int_equal(stat(fake_path(FOLDER "/vmcore-incomplete"), &st), 0);
	assert_int_equal(st.st_size, (1 << 20) + 8192);
	assert_empty_target(6);
}

/* A KDUMP file that was cut off: up to the last page that its descriptors tell of. */
static void test_collect_cut_off_kdump(void **state)
{
	struct kdump_header kdump = { .signature = KDUMP_SIGNATURE, .version = KDUMP_VERSION, .block_bytes = 4096,
				      .sub_header_blocks = 1, .bitmap_blocks = 2, .status = KDUMP_INCOMPLETE };
	struct kdump_page pages[3] = { { .offset = 0x5000, .bytes = 4096 }, { .offset = 0x7123, .bytes = 100, .flags = KDUMP_LZO },
				       { .offset = 0x6000, .bytes = 4096 } };
	struct stat st;

	make_dump(TARGET_FAILED, 1 << 20);
	poke(TARGET_PAYLOAD_OFFSET, &kdump, sizeof(kdump));
	poke(TARGET_PAYLOAD_OFFSET + 0x4000, (const u8[4096]){ 0 }, 4096);
	poke(TARGET_PAYLOAD_OFFSET + 0x4000, pages, sizeof(pages));
	assert_int_equal(collect(), 0);
	assert_false(exists(FOLDER "/vmcore"));
	assert_int_equal(stat(fake_path(FOLDER "/vmcore-incomplete"), &st), 0);
	assert_int_equal(st.st_size, 0x7123 + 100);
	assert_empty_target(6);
}

/* Descriptors that fill their block: data follows at once, and is none. */
static void test_collect_cut_off_kdump_full_table(void **state)
{
	struct kdump_header kdump = { .signature = KDUMP_SIGNATURE, .version = KDUMP_VERSION, .block_bytes = 4096, .sub_header_blocks = 1,
				      .bitmap_blocks = 2 };
	struct kdump_page page = { .offset = 0x7000, .bytes = 4096 };
	struct stat st;

	make_dump(TARGET_WRITING, 1 << 20);
	poke(TARGET_PAYLOAD_OFFSET, &kdump, sizeof(kdump));
	for (u32 i = 0; i < 3 * 4096 / sizeof(page); i++)
		poke(TARGET_PAYLOAD_OFFSET + 0x4000 + i * sizeof(page), &page, sizeof(page));
	page.offset = 0x9000;
	poke(TARGET_PAYLOAD_OFFSET + 0x7000, &page, sizeof(page));
	assert_int_equal(collect(), 0);
	assert_int_equal(stat(fake_path(FOLDER "/vmcore-incomplete"), &st), 0);
	assert_int_equal(st.st_size, 0x8000);
}

static void test_collect_impossible_sizes(void **state)
{
	struct target_header header;

	make_dump(TARGET_COMPLETE, 1 << 20);
	target_disk_read_header(&disk, &header);
	header.dump_bytes = ~0ull;
	header.log_used = header.stage1_used = 0xffffffff;
	target_disk_write_header(&disk, &header);
	assert_int_equal(collect(), 0);
	assert_false(exists(FOLDER "/vmcore"));
	assert_empty_target(6);
}

/* What else has written to the device is not stamped over, but the dump is saved. */
static void test_collect_foreign_data(void **state)
{
	struct target_header header;

	make_dump(TARGET_COMPLETE, 1 << 20);
	poke(64 << 20, "somebody's data", 15);
	assert_int_equal(collect(), -EBADMSG);
	assert_vmcore(FOLDER "/vmcore");
	assert_int_equal(target_disk_read_header(&disk, &header), 0);
	assert_int_equal(header.state, TARGET_COMPLETE);
	assert_int_equal(collect(), -EBADMSG);

	make_dump(TARGET_FAILED, 1 << 20);
	target_disk_read_header(&disk, &header);
	header.first_error = DUMP_TARGET_BAD_STAMP;
	header.first_error_offset = 64 << 20;
	target_disk_write_header(&disk, &header);
	assert_int_equal(collect(), -EBADMSG);
}

#define with_disk(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_disk(test_collect_whole_dump),
		with_disk(test_collect_phase_log),
		with_disk(test_collect_dump_over_a_stamp),
		with_disk(test_collect_nothing),
		with_disk(test_collect_interrupted_once),
		with_disk(test_collect_interrupted_for_ever),
		with_disk(test_collect_goes_on_cleaning),
		with_disk(test_collect_same_second_other_dump),
		with_disk(test_collect_unknown_time),
		with_disk(test_collect_failed_without_vmcore),
		with_disk(test_collect_cut_off_in_stage1),
		with_disk(test_collect_cut_off_after_the_elf_header),
		with_disk(test_collect_cut_off_kdump),
		with_disk(test_collect_cut_off_kdump_full_table),
		with_disk(test_collect_impossible_sizes),
		with_disk(test_collect_foreign_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
