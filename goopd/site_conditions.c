#include "goopd/site_conditions.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/base/text.h"

#define DATE_FORMAT "%a, %d %b %Y %H:%M:%S GMT"

void
site_date_print(int64_t seconds, char text[SITE_DATE_MAX + 1])
{
	time_t when = seconds;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL || tm.tm_year < 0 ||
	    tm.tm_year > 9999 - 1900 ||
	    strftime(text, SITE_DATE_MAX + 1, DATE_FORMAT, &tm) == 0)
		text[0] = '\0';
}

int
site_date_parse(const char *text, int64_t *ret_seconds)
{
	struct tm tm = { .tm_isdst = 0 };
	const char *end;

	if (strlen(text) > SITE_DATE_MAX)
		return -EINVAL;
	end = strptime(text, DATE_FORMAT, &tm);
	if (end == NULL || *end != '\0')
		return -EINVAL;
	*ret_seconds = timegm(&tm);
	return 0;
}

/* Digits up to end; false if there are none or they are too many. */
static bool
take_number(const char **at, uint64_t *ret)
{
	const char *start = *at;

	while (isdigit((unsigned char)**at))
		(*at)++;
	return text_parse_u64((struct bytes){ (const uint8_t *)start,
				  (size_t)(*at - start) },
		   ret) == 0;
}

static int
parse_suffix(
    const char *at, uint64_t size, uint64_t *ret_from, uint64_t *ret_length)
{
	uint64_t last;

	if (!take_number(&at, &last) || *at != '\0')
		return SITE_RANGE_IGNORED;
	if (last == 0 || size == 0)
		return SITE_RANGE_UNSATISFIABLE;
	*ret_length = last < size ? last : size;
	*ret_from = size - *ret_length;
	return 0;
}

int
site_range_parse(
    const char *value, uint64_t size, uint64_t *ret_from, uint64_t *ret_length)
{
	const char *at = value;
	uint64_t from, to = UINT64_MAX;

	if (strncasecmp(at, "bytes=", 6) != 0)
		return SITE_RANGE_IGNORED;
	at += 6;
	if (*at == '-')
		return parse_suffix(at + 1, size, ret_from, ret_length);
	if (!take_number(&at, &from) || *at++ != '-')
		return SITE_RANGE_IGNORED;
	if (*at != '\0' && (!take_number(&at, &to) || *at != '\0'))
		return SITE_RANGE_IGNORED;
	if (to < from)
		return SITE_RANGE_IGNORED;
	if (from >= size)
		return SITE_RANGE_UNSATISFIABLE;
	if (to >= size)
		to = size - 1;
	*ret_from = from;
	*ret_length = to - from + 1;
	return 0;
}

/* Is etag in the list? Weak comparison: "W/" does not count. */
static bool
is_listed(const char *list, const char *etag)
{
	const char *end;

	if (strcmp(list, "*") == 0)
		return true;
	while (*list != '\0') {
		list += strspn(list, " \t,");
		if (strncmp(list, "W/", 2) == 0)
			list += 2;
		if (*list != '"')
			return false;
		end = strchr(list + 1, '"');
		if (end == NULL)
			return false;
		end++;
		if ((size_t)(end - list) == strlen(etag) &&
		    strncmp(list, etag, strlen(etag)) == 0)
			return true;
		list = end;
	}
	return false;
}

static bool
is_unchanged_since(const char *since, const char *modified)
{
	int64_t theirs, ours;

	return site_date_parse(since, &theirs) == 0 &&
	       site_date_parse(modified, &ours) == 0 && ours <= theirs;
}

static bool
is_not_modified(
    const struct site_request *request, const struct site_answer *answer)
{
	if (request->if_none_match[0] != '\0')
		return is_listed(request->if_none_match, answer->etag);
	return request->if_modified_since[0] != '\0' &&
	       is_unchanged_since(request->if_modified_since, answer->modified);
}

/* If-Range is for somebody who has the beginning: exactly the same file, or
 * the whole of it. A date is no strong validator here; the tag is. */
static bool
wants_range(
    const struct site_request *request, const struct site_answer *answer)
{
	return !request->is_head && request->range[0] != '\0' &&
	       (request->if_range[0] == '\0' ||
		   strcmp(request->if_range, answer->etag) == 0);
}

void
site_conditions_apply(
    const struct site_request *request, struct site_answer *answer)
{
	answer->status = 200;
	answer->from = 0;
	answer->length = answer->size;
	answer->ranges = true;
	if (is_not_modified(request, answer)) {
		answer->status = 304;
		answer->length = 0;
		return;
	}
	if (!wants_range(request, answer))
		return;
	switch (site_range_parse(
	    request->range, answer->size, &answer->from, &answer->length)) {
	case 0:
		answer->status = 206;
		break;
	case SITE_RANGE_UNSATISFIABLE:
		answer->status = 416;
		answer->length = 0;
		break;
	default:
		break;
	}
}
