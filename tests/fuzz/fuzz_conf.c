// SPDX-License-Identifier: GPL-2.0
/* kdump.conf */
#include "kdumpctl/conf.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	struct conf conf;
	char *text = malloc(bytes + 1);

	if (!text)
		abort();
	memcpy(text, data, bytes);
	text[bytes] = 0;
	if (!conf_parse("kdump.conf", text, &conf)) {
		FUZZ_REQUIRE(conf.path[0] == '/' && strlen(conf.path) < sizeof(conf.path));
		FUZZ_REQUIRE(conf.targets <= CONF_MAX_TARGETS);
		for (unsigned int i = 0; i < conf.targets; i++)
			FUZZ_REQUIRE(conf.target[i].fstype[0] && strlen(conf.target[i].spec) < sizeof(conf.target[i].spec));
		FUZZ_REQUIRE(conf.final_action <= CAPTURE_POWEROFF && conf.failure_action <= CAPTURE_DUMP_TO_ROOTFS);
	}
	free(text);
	return 0;
}
