#include "goop-rendezvousd/roster/roster_cursor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"

/* Hexadecimal digits as we print them, and nothing else. */
static int
take_hex(const char **at, unsigned int digits_max, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	unsigned int n;

	*ret = 0;
	for (n = 0; **at != '\0' && n < digits_max; n++, (*at)++) {
		digit = strchr(digits, **at);
		if (digit == NULL)
			break;
		*ret = *ret << 4 | (uint64_t)(digit - digits);
	}
	return n > 0 ? 0 : -EINVAL;
}

int
roster_cursor_parse(const char *text, struct roster_cursor *ret)
{
	uint64_t epoch, version;

	if (take_hex(&text, 8, &epoch) < 0 || *text++ != '-' ||
	    text_parse_u64(bytes_of(text), &version) < 0)
		return -EINVAL;
	*ret = (struct roster_cursor){ (uint32_t)epoch, version };
	return 0;
}

void
roster_cursor_print(
    const struct roster_cursor *cursor, char ret[ROSTER_CURSOR_SIZE])
{
	snprintf(ret, ROSTER_CURSOR_SIZE, "%08" PRIx32 "-%" PRIu64,
	    cursor->epoch, cursor->version);
}
