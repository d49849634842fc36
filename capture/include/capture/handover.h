/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The handover: what the running system leaves for the dump kernel.
 * Both sides include this file; docs/handover.md explains it.
 *
 * 1. Config block: a TLV file written by kdumpctl, loaded as the initrd.
 * 2. Sums: CRCs of every other piece, left by our kexec_load loader; found by
 *    the command line option HANDOVER_SUMS_OPTION.  kexec_file_load needs none:
 *    the kernel's purgatory has hashed all pieces.
 * 3. Chain: a second kernel in the same region, to be started when no target takes the
 *    dump; left by our kexec_load loader, found by HANDOVER_CHAIN_OPTION.
 *
 * Little endian.  Every structure has fixed-width types and no implicit padding.
 */
#ifndef CAPTURE_HANDOVER_H
#define CAPTURE_HANDOVER_H

#include "capture/env.h"
#include "capture/extent.h"

/* First bytes of the version string that the bzImage's kernel_version points to. */
#define DUMPKERNEL_VERSION_PREFIX "lifeboat-dumpkernel "

#define CONFIG_MAGIC 0x4746434f4246494cull	/* "LIFBOCFG" */
#define CONFIG_VERSION 1
#define CONFIG_MAX_BYTES (64u << 10)

struct config_header {
	u64 magic;		/* 0x00 CONFIG_MAGIC */
	u32 version;		/* 0x08 CONFIG_VERSION; other versions are refused */
	u32 total_bytes;	/* 0x0c header and all entries; the file may be longer */
	u32 crc32;		/* 0x10 of total_bytes, with this field zero */
	u32 entries;		/* 0x14 number of TLVs that follow */
	u64 reserved;		/* 0x18 zero */
};
_Static_assert(sizeof(struct config_header) == 32, "ABI");

/* Each entry: this head, `bytes` of payload, zeros up to the next multiple of 8. */
struct config_entry {
	u16 type;		/* 0x00 enum config_type */
	u16 flags;		/* 0x02 CONFIG_CRITICAL */
	u32 bytes;		/* 0x04 of the payload, padding not counted */
};
_Static_assert(sizeof(struct config_entry) == 8, "ABI");

#define CONFIG_CRITICAL 1	/* a reader that does not know the type must refuse */

enum config_type {
	CONFIG_TARGET = 1,	/* struct config_target, one or more, in order of trial */
	CONFIG_CPUS = 2,	/* struct config_cpus */
	CONFIG_CLOCK = 3,	/* struct config_clock */
	CONFIG_RESET = 4,	/* struct config_reset */
	CONFIG_POLICY = 5,	/* struct config_policy */
	CONFIG_PCI_ROOTS = 6,	/* u8 bus numbers of the root buses of PCI segment 0 */
	CONFIG_VTD_UNITS = 7,	/* u64 register base of every VT-d remapping unit */
	CONFIG_WATCHDOG = 8,	/* struct config_kick, the steps of one kick, in order */
	CONFIG_EXTENTS = 9,	/* struct extent, all of the dump file that the CONFIG_TARGET before it is; its
				 * start_block is 0, its block_count the file's size */
	CONFIG_DUMP = 10,	/* struct config_dump; absent: level 0, CODEC_NONE */
};

enum config_driver {
	DRIVER_NVME = 1,
	DRIVER_VIRTIO_BLK = 2,
	DRIVER_AHCI = 3,
	DRIVER_VIRTIO_SCSI = 4,
};

struct config_pci_address {
	u8 bus;
	u8 devfn;		/* device << 3 | function */
};

#define CONFIG_MAX_BRIDGES 8

struct config_target {
	u8 driver;		/* 0x00 enum config_driver */
	u8 bridge_count;	/* 0x01 valid entries of bridges[] */
	struct config_pci_address pci; /* 0x02 the controller, segment 0 */
	u16 vendor_id;		/* 0x04 must match config space at the crash */
	u16 device_id;		/* 0x06 */
	struct config_pci_address bridges[CONFIG_MAX_BRIDGES]; /* 0x08 root port first */
	u32 unit;		/* 0x18 behind the controller: NVMe namespace; AHCI port, from 0, tried first;
				 * virtio-scsi target << 16 | LUN; virtio-blk 0 */
	u32 block_bytes;	/* 0x1c logical block, 512 or 4096 */
	u64 device_blocks;	/* 0x20 size of the whole disk or namespace, in blocks */
	u64 start_block;	/* 0x28 first block of the target on the disk */
	u64 block_count;	/* 0x30 size of the target, in blocks */
	u8 uuid[16];		/* 0x38 of the target header */
	u64 generation;		/* 0x48 of the target header */
	char serial[24];	/* 0x50 NVMe SN (20), virtio-blk id (20), ATA serial number (20) or the first 23 of
				 * SCSI VPD page 80h, spaces and NULs trimmed, NUL padded; empty: not compared */
	u8 nguid[16];		/* 0x68 NVMe namespace, SCSI id of 16 bytes; zeros: not compared */
	u8 eui64[8];		/* 0x78 NVMe namespace, ATA WWN, SCSI id of 8 bytes; zeros: not compared */
	char name[32];		/* 0x80 as the administrator wrote it, for messages */
};
_Static_assert(sizeof(struct config_target) == 0xa0, "ABI");

struct config_cpus {
	u32 boot_apic_id;	/* 0x00 the CPU that must never receive INIT */
	u32 count;		/* 0x04 of apic_ids[] */
	u32 apic_ids[];		/* 0x08 every present CPU, in Linux's CPU order */
};

struct config_clock {
	u32 pm_timer_port;	/* 0x00 ACPI PM timer I/O port; 0: use the TSC */
	u32 pm_timer_bits;	/* 0x04 24 or 32 */
	u32 tsc_khz;		/* 0x08 measured when armed; trusted only without PM timer */
	u32 reserved;		/* 0x0c */
};
_Static_assert(sizeof(struct config_clock) == 16, "ABI");

/* ACPI 6.5, 5.2.3.2: address space ids that we can drive. */
enum config_space { SPACE_MEMORY = 0, SPACE_IO = 1, SPACE_PCI_CONFIG = 2 };

struct config_reset {
	u64 address;		/* 0x00 of the FADT reset register; PCI config: GAS encoding */
	u8 space;		/* 0x08 enum config_space */
	u8 present;		/* 0x09 1 if the FADT says that the register works */
	u8 value;		/* 0x0a to write */
	u8 reserved;		/* 0x0b */
	u16 pm1a_cnt;		/* 0x0c I/O ports for poweroff; 0: not possible */
	u16 pm1b_cnt;		/* 0x0e 0 if absent */
	u8 slp_typa;		/* 0x10 of \_S5 */
	u8 slp_typb;		/* 0x11 */
	u8 reserved2[6];	/* 0x12 */
};
_Static_assert(sizeof(struct config_reset) == 24, "ABI");

enum config_action { ACTION_REBOOT = 0, ACTION_HALT = 1, ACTION_POWEROFF = 2 };

struct config_policy {
	u8 final_action;	/* 0x00 enum config_action, after a complete dump */
	u8 failure_action;	/* 0x01 enum config_action, after anything else */
	u8 reserved[6];		/* 0x02 */
};
_Static_assert(sizeof(struct config_policy) == 8, "ABI");

enum config_kick_op { KICK_WRITE = 1, KICK_SET_BITS = 2 /* read, clear mask, or value, write */ };

enum config_codec { CODEC_NONE = 0, CODEC_AUTO = 1 /* lzo while the disk is busy */, CODEC_LZO = 2, CODEC_ZLIB = 3, CODEC_ZSTD = 4 };

struct config_dump {
	u8 level;		/* 0x00 which pages are left out, as makedumpfile numbers them, 0 to 31 */
	u8 codec;		/* 0x01 enum config_codec; level 0 and CODEC_NONE: a plain ELF core */
	u8 cpus;		/* 0x02 the most that work on it, CONFIG_MAX_CPUS; 0: as many as there is memory for */
	u8 reserved[5];		/* 0x03 */
};
_Static_assert(sizeof(struct config_dump) == 8, "ABI");

#define CONFIG_MAX_CPUS 32u	/* that the dump kernel works with */

struct config_kick {
	u8 space;		/* 0x00 SPACE_MEMORY or SPACE_IO */
	u8 op;			/* 0x01 enum config_kick_op */
	u8 width_bytes;		/* 0x02 1, 2 or 4 */
	u8 reserved[5];		/* 0x03 */
	u64 address;		/* 0x08 */
	u32 value;		/* 0x10 */
	u32 mask;		/* 0x14 bits replaced by KICK_SET_BITS */
};
_Static_assert(sizeof(struct config_kick) == 24, "ABI");

#define HANDOVER_SUMS_OPTION "handover_sums="	/* followed by a physical address, 0x... */
#define HANDOVER_SUMS_MAGIC 0x534d5553424cull	/* "LBSUMS" */
#define HANDOVER_MAX_SUMS 8

struct handover_sums {
	u64 magic;		/* 0x00 */
	u32 count;		/* 0x08 of piece[] */
	u32 crc32;		/* 0x0c of this structure with this field zero */
	struct {
		u64 pa;		/* start of the piece */
		u32 bytes;
		u32 crc32;
	} piece[HANDOVER_MAX_SUMS]; /* 0x10 */
};
_Static_assert(sizeof(struct handover_sums) == 0x90, "ABI");

#define HANDOVER_CHAIN_OPTION "handover_chain="	/* followed by a physical address, 0x... */
#define HANDOVER_CHAIN_MAGIC 0x4e4941484342ull	/* "BCHAIN" */
#define HANDOVER_MAX_CHAIN 8

struct handover_chain {
	u64 magic;		/* 0x00 */
	u32 count;		/* 0x08 of piece[] */
	u32 crc32;		/* 0x0c of this structure with this field zero */
	u64 entry_pa;		/* 0x10 where to jump, in 64-bit mode with flat memory; lies in one of the pieces */
	struct {
		u64 pa;		/* start of the piece */
		u64 memory_bytes; /* that nothing else may use, from pa */
		u32 bytes;	/* of these, what must be as it was loaded */
		u32 crc32;
	} piece[HANDOVER_MAX_CHAIN]; /* 0x18 */
};
_Static_assert(sizeof(struct handover_chain) == 0xd8, "ABI");

#endif
