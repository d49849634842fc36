// SPDX-License-Identifier: GPL-2.0
/*
 * The registers of an NVMe controller: find, stop, start, shut down.
 *
 * Panic path: one CPU, interrupts off.  The controller was live in the dead kernel.
 * Every wait is bounded by what the controller itself says, at most 128 s.
 */
#include "clock.h"
#include "console.h"
#include "io.h"
#include "nvme_controller.h"
#include "paging.h"
#include "pci.h"
#include "watchdog.h"

/* Controller properties: NVMe Base 2.0, 3.1.3; doorbells: PCIe Transport 1.0, 3.1.2. */
#define REG_CAP 0x00
#define REG_CC 0x14
#define REG_CSTS 0x1c
#define REG_AQA 0x24
#define REG_ASQ 0x28
#define REG_ACQ 0x30
#define REG_DOORBELLS 0x1000

/* CAP, 3.1.3.1. */
#define CAP_MQES(cap) ((u32)((cap) & 0xffff))
#define CAP_TO(cap) ((cap) >> 24 & 0xff)	/* 500 ms each */
#define CAP_DSTRD(cap) ((u32)((cap) >> 32 & 0xf))
#define CAP_MPSMIN(cap) ((u32)((cap) >> 48 & 0xf))

/* CC, 3.1.3.5: entry sizes are powers of two; 0 elsewhere: NVM command set, 4 KiB pages. */
#define CC_ENABLE 0x00000001u
#define CC_SHUTDOWN_MASK 0x0000c000u
#define CC_SHUTDOWN_NORMAL 0x00004000u
#define CC_SQ_ENTRY_64 (6u << 16)
#define CC_CQ_ENTRY_16 (4u << 20)

/* CSTS, 3.1.3.6. */
#define CSTS_READY 0x1u
#define CSTS_FATAL 0x2u
#define CSTS_SHUTDOWN_MASK 0xcu
#define CSTS_SHUTDOWN_DONE 0x8u
#define CSTS_GONE 0xffffffffu

#define SHUTDOWN_US (30ull * 1000 * 1000)

int nvme_controller_init(struct nvme_controller *controller, const struct config_target *config)
{
	volatile void *registers;
	u32 stride_bytes;
	u64 bar, cap;

	if (pci_enable_decoding(config->pci, config->vendor_id, config->device_id)) {
		console_printf("nvme " PCI_FORMAT ": no device %04x:%04x there\n", PCI_ARGS(config->pci),
			       config->vendor_id, config->device_id);
		return -ENODEV;
	}
	bar = pci_bar_address(config->pci, 0);
	registers = bar ? paging_map_mmio(bar, REG_DOORBELLS) : NULL;
	cap = registers ? mmio_read64(registers, REG_CAP) : ~0ull;
	if (cap == ~0ull || mmio_read32(registers, REG_CSTS) == CSTS_GONE)
		goto gone;
	stride_bytes = 4u << CAP_DSTRD(cap);
	if (!paging_map_mmio(bar + REG_DOORBELLS, (2 * NVME_IO_QUEUE + 2) * stride_bytes))
		goto gone;

	*controller = (struct nvme_controller){
		.pci = config->pci,
		.registers = registers,
		.timeout_us = (CAP_TO(cap) + 1) * 500 * 1000,
		.stride_bytes = stride_bytes,
		.max_entries = CAP_MQES(cap) + 1,
		.page_bytes = PAGE_BYTES << CAP_MPSMIN(cap),
	};
	return 0;
gone:
	console_printf("nvme " PCI_FORMAT ": registers at %llx do not answer\n", PCI_ARGS(config->pci),
		       (unsigned long long)bar);
	return -ENODEV;
}

/* Waits until the ready bit is as wanted.  A fatal status only counts while starting. */
static int nvme_controller_wait(const struct nvme_controller *controller, bool ready)
{
	u64 end_us = env_clock_us() + controller->timeout_us;

	for (;;) {
		u32 csts = mmio_read32(controller->registers, REG_CSTS);

		if (csts == CSTS_GONE)
			return -ENODEV;
		if (!!(csts & CSTS_READY) == ready)
			return 0;
		if (ready && csts & CSTS_FATAL)
			return -EIO;
		if (env_clock_us() > end_us)
			return -ETIMEDOUT;
		watchdog_kick();
		clock_delay_us(20);
	}
}

static int nvme_controller_report(const struct nvme_controller *controller, int err, const char *what)
{
	if (err)
		console_printf("nvme " PCI_FORMAT ": did not %s within %u ms (status %x)\n",
			       PCI_ARGS(controller->pci), what, (u32)(controller->timeout_us / 1000),
			       mmio_read32(controller->registers, REG_CSTS));
	return err;
}

int nvme_controller_disable(const struct nvme_controller *controller)
{
	u32 cc = mmio_read32(controller->registers, REG_CC);
	u32 csts = mmio_read32(controller->registers, REG_CSTS);

	/* Clearing EN before an enable has come to its end is undefined (3.1.3.5). */
	if (cc & CC_ENABLE && !(csts & (CSTS_READY | CSTS_FATAL)))
		nvme_controller_wait(controller, true);
	mmio_write32(controller->registers, REG_CC, cc & ~(CC_ENABLE | CC_SHUTDOWN_MASK));
	return nvme_controller_report(controller, nvme_controller_wait(controller, false), "stop");
}

int nvme_controller_enable(const struct nvme_controller *controller, const void *commands,
			   const volatile void *completions, u32 entries)
{
	volatile void *registers = controller->registers;

	mmio_write32(registers, REG_AQA, (entries - 1) << 16 | (entries - 1));
	mmio_write64(registers, REG_ASQ, (uintptr_t)commands);
	mmio_write64(registers, REG_ACQ, (uintptr_t)completions);
	mmio_write32(registers, REG_CC, CC_CQ_ENTRY_16 | CC_SQ_ENTRY_64 | CC_ENABLE);
	return nvme_controller_report(controller, nvme_controller_wait(controller, true), "start");
}

bool nvme_controller_is_working(const struct nvme_controller *controller)
{
	/* All ones, which is a controller that is gone, has the bit set, too. */
	return !(mmio_read32(controller->registers, REG_CSTS) & CSTS_FATAL);
}

void nvme_controller_kill(const struct nvme_controller *controller)
{
	pci_stop_bus_master(controller->pci);
	mmio_write32(controller->registers, REG_CC, 0);
}

/* NVMe Base 2.0, 3.6.1. */
void nvme_controller_shut_down(const struct nvme_controller *controller)
{
	u64 end_us = env_clock_us() + SHUTDOWN_US;
	u32 cc = mmio_read32(controller->registers, REG_CC);

	mmio_write32(controller->registers, REG_CC, (cc & ~CC_SHUTDOWN_MASK) | CC_SHUTDOWN_NORMAL);
	while (env_clock_us() < end_us) {
		u32 csts = mmio_read32(controller->registers, REG_CSTS);

		if (csts == CSTS_GONE || (csts & CSTS_SHUTDOWN_MASK) == CSTS_SHUTDOWN_DONE)
			return;
		watchdog_kick();
		clock_delay_us(100);
	}
	console_printf("nvme " PCI_FORMAT ": shutdown not done after 30 s; going on\n",
		       PCI_ARGS(controller->pci));
}
