#include "goopd/site/site_conditions.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "common/http/syntax/http_etag.h"
#include "common/http/syntax/http_range.h"

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
		return http_etag_listed(request->if_none_match, answer->etag);
	return request->if_modified_since[0] != '\0' &&
	       is_unchanged_since(request->if_modified_since, answer->modified);
}

/* The precondition of who wants one version of the file and no other. */
static bool
is_another_version(
    const struct site_request *request, const struct site_answer *answer)
{
	int64_t theirs, ours;

	if (request->if_match[0] != '\0')
		return !http_etag_matches(request->if_match, answer->etag);
	return site_date_parse(request->if_unmodified_since, &theirs) == 0 &&
	       site_date_parse(answer->modified, &ours) == 0 && ours > theirs;
}

/* If-Range: the rest of exactly the same file, else the whole file. Only the
 * tag is a strong validator here, not the date. */
static bool
wants_range(
    const struct site_request *request, const struct site_answer *answer)
{
	return !request->is_head && request->range[0] != '\0' &&
	       (request->if_range[0] == '\0' ||
		   strcmp(request->if_range, answer->etag) == 0);
}

static void
apply_range(const char *value, struct site_answer *answer)
{
	struct http_range range;

	if (http_range_parse(value, &range) != 0)
		return;
	switch (http_range_resolve(
	    &range, answer->size, &answer->from, &answer->length)) {
	case 0:
		answer->status = 206;
		break;
	case HTTP_RANGE_UNSATISFIABLE:
		answer->status = 416;
		answer->length = 0;
		break;
	case HTTP_RANGE_IGNORED:
		break;
	}
}

void
site_conditions_apply(
    const struct site_request *request, struct site_answer *answer)
{
	answer->status = 200;
	answer->from = 0;
	answer->length = answer->size;
	answer->ranges = true;
	if (is_another_version(request, answer)) {
		answer->status = 412;
		answer->length = 0;
	} else if (is_not_modified(request, answer)) {
		answer->status = 304;
		answer->length = 0;
	} else if (wants_range(request, answer)) {
		apply_range(request->range, answer);
	}
}
