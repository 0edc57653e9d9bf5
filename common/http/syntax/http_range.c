#include "common/http/syntax/http_range.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"

static int
parse_number(const char *from, const char *to, uint64_t *ret)
{
	struct bytes digits = { (const uint8_t *)from, (size_t)(to - from) };

	return text_parse_u64(digits, ret);
}

/* "500-999" and "500-". */
static int
parse_span(const char *spec, const char *dash, struct http_range *ret)
{
	struct http_range range = { .to = UINT64_MAX };

	if (parse_number(spec, dash, &range.from) < 0)
		return HTTP_RANGE_IGNORED;
	if (dash[1] != '\0' &&
	    parse_number(dash + 1, dash + strlen(dash), &range.to) < 0)
		return HTTP_RANGE_IGNORED;
	if (range.to < range.from)
		return HTTP_RANGE_IGNORED;
	*ret = range;
	return 0;
}

/* "-500" */
static int
parse_suffix(const char *digits, struct http_range *ret)
{
	struct http_range range = { .is_suffix = true };

	if (parse_number(digits, digits + strlen(digits), &range.from) < 0)
		return HTTP_RANGE_IGNORED;
	*ret = range;
	return 0;
}

int
http_range_parse(const char *value, struct http_range *ret)
{
	static const char unit[] = "bytes=";
	const char *spec, *dash;

	if (value == NULL || strncasecmp(value, unit, strlen(unit)) != 0)
		return HTTP_RANGE_IGNORED;
	spec = value + strlen(unit);
	dash = strchr(spec, '-');
	if (dash == NULL)
		return HTTP_RANGE_IGNORED;
	return dash == spec ? parse_suffix(spec + 1, ret)
			    : parse_span(spec, dash, ret);
}

void
http_range_print(
    const struct http_range *range, char text[HTTP_RANGE_TEXT_SIZE])
{
	if (range->is_suffix)
		snprintf(
		    text, HTTP_RANGE_TEXT_SIZE, "bytes=-%" PRIu64, range->from);
	else if (range->to == UINT64_MAX)
		snprintf(text, HTTP_RANGE_TEXT_SIZE, "bytes=%" PRIu64 "-",
		    range->from);
	else
		snprintf(text, HTTP_RANGE_TEXT_SIZE,
		    "bytes=%" PRIu64 "-%" PRIu64, range->from, range->to);
}

static int
resolve_suffix(
    uint64_t count, uint64_t size, uint64_t *ret_from, uint64_t *ret_len)
{
	if (count == 0)
		return HTTP_RANGE_UNSATISFIABLE;
	if (size == 0) /* satisfiable, but without a form in Content-Range */
		return HTTP_RANGE_IGNORED;
	*ret_len = count < size ? count : size;
	*ret_from = size - *ret_len;
	return 0;
}

int
http_range_resolve(const struct http_range *range, uint64_t size,
    uint64_t *ret_from, uint64_t *ret_len)
{
	uint64_t last;

	if (range->is_suffix)
		return resolve_suffix(range->from, size, ret_from, ret_len);
	if (size == 0) /* what browsers ask of media: 416 would be an error */
		return HTTP_RANGE_IGNORED;
	if (range->from >= size)
		return HTTP_RANGE_UNSATISFIABLE;
	last = range->to < size ? range->to : size - 1;
	*ret_from = range->from;
	*ret_len = last - range->from + 1;
	return 0;
}
