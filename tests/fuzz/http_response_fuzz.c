/* What a server answers: however the bytes are cut, the same comes out. The
 * first byte says how. */
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/http/client/http_response.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct outcome {
	int status, rc;
	uint64_t body, sum; /* how long, and what */
	bool is_persistent;
};

static void
add(struct outcome *outcome, struct bytes part)
{
	size_t i;

	for (i = 0; i < part.len; i++)
		outcome->sum = outcome->sum * 31 + part.data[i];
	outcome->body += part.len;
}

static struct outcome
read_all(struct bytes in, size_t step)
{
	struct outcome outcome = { 0 };
	struct http_response response;
	struct bytes input, part;
	size_t n;

	http_response_init(&response, false);
	for (; in.len > 0 && outcome.rc >= 0; in.data += n, in.len -= n) {
		n = in.len < step ? in.len : step;
		input = (struct bytes){ in.data, n };
		do {
			outcome.rc =
			    http_response_read(&response, &input, &part);
			if (outcome.rc == HTTP_RESPONSE_BODY)
				add(&outcome, part);
		} while (outcome.rc == HTTP_RESPONSE_HEAD ||
			 outcome.rc == HTTP_RESPONSE_BODY);
		if (outcome.rc == HTTP_RESPONSE_MORE && input.len > 0)
			bug("input was left");
		if (outcome.rc == HTTP_RESPONSE_DONE)
			break;
	}
	if (response.head != NULL && outcome.rc >= 0)
		(void)http_response_header(&response, "Date");
	outcome.status = response.status;
	outcome.is_persistent = response.is_persistent;
	http_response_fini(&response);
	return outcome;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, parts;
	struct bytes in = { data + 1, size - 1 };

	if (size < 2)
		return 0;
	whole = read_all(in, in.len);
	parts = read_all(in, (size_t)data[0] % 64 + 1);
	if (whole.rc != parts.rc || whole.body != parts.body ||
	    whole.sum != parts.sum ||
	    (whole.rc >= 0 && whole.status != parts.status))
		bug("cut otherwise, it reads otherwise");
	return 0;
}
