#include "cli/commands/print.h"

#include <stdio.h>

#include "proto/field_json.h"

enum { PRINT_JSON_MAX = 16 * 1024 * 1024 };

void
print_duration(int64_t ms, char text[PRINT_DURATION_SIZE])
{
	static const struct {
		long long seconds;
		const char *unit;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" },
		{ 1, "s" } };
	long long seconds = ms / 1000;
	size_t i = 0;

	while (units[i].seconds > seconds && units[i].seconds > 1)
		i++;
	if (units[i].seconds == 1)
		snprintf(text, PRINT_DURATION_SIZE, "%lld s", seconds);
	else
		snprintf(text, PRINT_DURATION_SIZE, "%lld %s %lld %s",
		    seconds / units[i].seconds, units[i].unit,
		    seconds % units[i].seconds / units[i + 1].seconds,
		    units[i + 1].unit);
}

int
print_json(const struct message *message, const void *value)
{
	struct buffer buffer;
	struct bytes bytes;
	int rc;

	buffer_init(&buffer, PRINT_JSON_MAX);
	rc = message_encode_json(message, value, &buffer);
	if (rc == 0) {
		bytes = buffer_bytes(&buffer);
		fwrite(bytes.data, 1, bytes.len, stdout);
		putchar('\n');
	}
	buffer_fini(&buffer);
	return rc;
}
