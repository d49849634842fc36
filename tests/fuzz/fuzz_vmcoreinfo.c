// SPDX-License-Identifier: GPL-2.0
/* Any text as vmcoreinfo. */
#include "capture/vmcoreinfo.h"
#include "fuzz.h"

static const char *const keys[] = { "OSRELEASE", "CRASHTIME", "SYMBOL(prb)", "NUMBER(phys_base)", "OFFSET(page.flags)", "", "=" };

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	char *text = fuzz_copy(data, bytes);
	struct vmcoreinfo info = { text, (u32)bytes };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = NULL;
		u32 length = 0;
		u64 number;

		if (!vmcoreinfo_find(&info, keys[i], &value, &length)) {
			FUZZ_REQUIRE(value >= text + strlen(keys[i]) + 1 && value + length <= text + bytes);
			for (u32 at = 0; at < length; at++)
				FUZZ_REQUIRE(value[at] != '\n');
		}
		vmcoreinfo_number(&info, keys[i], 10, &number);
		vmcoreinfo_number(&info, keys[i], 16, &number);
	}
	free(text);
	return 0;
}
