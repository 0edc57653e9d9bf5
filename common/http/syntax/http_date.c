#include "common/http/syntax/http_date.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "common/base/text.h"

enum { RETRY_MAX_SECONDS = 24 * 3600 };

int
http_date_parse(const char *text, int64_t *ret_seconds)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	time_t seconds;

	if (end == NULL || *end != '\0')
		return -EINVAL;
	seconds = timegm(&tm);
	if (seconds < 0)
		return -EINVAL;
	*ret_seconds = seconds;
	return 0;
}

int
http_date_parse_retry(const char *text, const char *server_date,
    int64_t now_seconds, int64_t *ret_ms)
{
	int64_t seconds, server_now = now_seconds;
	uint64_t delta;
	int rc = text_parse_u64(bytes_of(text), &delta);

	if (rc == 0 || rc == -ERANGE) {
		seconds = rc == 0 && delta < RETRY_MAX_SECONDS
			      ? (int64_t)delta
			      : RETRY_MAX_SECONDS;
	} else {
		if (http_date_parse(text, &seconds) < 0)
			return -EINVAL;
		if (server_date != NULL)
			(void)http_date_parse(server_date, &server_now);
		seconds -= server_now;
	}
	if (seconds < 0)
		seconds = 0;
	if (seconds > RETRY_MAX_SECONDS)
		seconds = RETRY_MAX_SECONDS;
	*ret_ms = seconds * 1000;
	return 0;
}
