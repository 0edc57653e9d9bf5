/* An event stream: however the bytes are cut, the same events come out. The
 * first byte says how. */
#include <string.h>

#include "common/base/fault.h"
#include "common/http/stream/sse_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static uint64_t
read_all(struct bytes in, size_t step)
{
	struct sse_parse parse;
	struct bytes input, data;
	uint64_t sum = 0;
	size_t i, n;

	sse_parse_init(&parse);
	for (; in.len > 0; in.data += n, in.len -= n) {
		n = in.len < step ? in.len : step;
		input = (struct bytes){ in.data, n };
		while (
		    sse_parse_read(&parse, &input, &data) == SSE_PARSE_EVENT) {
			if (data.len > SSE_PARSE_LINE_MAX)
				bug("an event of %zu bytes", data.len);
			for (i = 0; i < data.len; i++)
				sum = sum * 31 + data.data[i];
			sum = sum * 31 + strlen(parse.id);
		}
		if (input.len > 0)
			bug("input was left");
	}
	sum += (uint64_t)parse.retry_ms * 7 + parse.dropped;
	sse_parse_fini(&parse);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data + 1, size - 1 };

	if (size < 2)
		return 0;
	if (read_all(in, in.len) != read_all(in, (size_t)data[0] % 64 + 1))
		bug("cut otherwise, it reads otherwise");
	return 0;
}
