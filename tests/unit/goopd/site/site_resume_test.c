/* A body that broke off: what is asked for next, when, and what fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "goopd/site/site_resume.h"

#define TAG "\"1-2-3\""
#define MIB (1024 * 1024)

enum { FROM = 1000, LENGTH = 40 * MIB };

static const struct site_answer whole = {
	.status = 206,
	.size = FROM + LENGTH,
	.from = FROM,
	.length = LENGTH,
	.etag = TAG,
	.ranges = true,
};

static struct monotime
at(int64_t ms)
{
	return (struct monotime){ ms * 1000 };
}

static void
begin(struct site_resume *resume, enum site_version version,
    const struct site_answer *answer)
{
	struct site_request request = { .path = "/film.mp4",
		.range = "bytes=1000-",
		.if_none_match = "\"x\"" };

	site_resume_begin(resume, version, &request, answer, at(0));
}

static void
asks_for_the_rest(void **state)
{
	struct site_resume resume;
	struct site_request request;
	int64_t pause_ms;

	(void)state;
	begin(&resume, SITE_1_1, &whole);
	assert_true(
	    site_resume_after(&resume, 16 * MIB, at(1), &request, &pause_ms));
	assert_int_equal(pause_ms, 0);
	assert_string_equal(request.path, "/film.mp4");
	assert_string_equal(request.range, "bytes=16778216-41944039");
	assert_string_equal(request.if_range, TAG);
	assert_string_equal(request.if_none_match, "");
}

static void
only_what_can_be_told_apart(void **state)
{
	struct site_answer weak = whole, no_ranges = whole;
	struct site_resume resume;
	struct site_request request;
	int64_t pause_ms;

	(void)state;
	snprintf(weak.etag, sizeof(weak.etag), "W/" TAG);
	begin(&resume, SITE_1_1, &weak);
	assert_false(
	    site_resume_after(&resume, MIB, at(1), &request, &pause_ms));
	no_ranges.ranges = false;
	begin(&resume, SITE_1_1, &no_ranges);
	assert_false(
	    site_resume_after(&resume, MIB, at(1), &request, &pause_ms));
	begin(&resume, SITE_1_0, &whole);
	assert_false(
	    site_resume_after(&resume, MIB, at(1), &request, &pause_ms));
}

static void
tries_until_hope_is_gone(void **state)
{
	struct site_resume resume;
	struct site_request request;
	int64_t pause_ms, now = 0;
	int attempts = 0;

	(void)state;
	begin(&resume, SITE_1_1, &whole);
	while (site_resume_after(&resume, MIB, at(now), &request, &pause_ms)) {
		assert_true(pause_ms <= SITE_RESUME_PAUSE_MAX_MS);
		now += pause_ms + 1;
		attempts++;
	}
	assert_true(now >= SITE_RESUME_MS);
	assert_in_range(attempts, 10, 20);
}

/* A peer that breaks off after each byte must not keep us busy. */
static void
a_drip_is_no_progress(void **state)
{
	struct site_resume resume;
	struct site_request request;
	int64_t pause_ms, now = 0;
	uint64_t done = 0;

	(void)state;
	begin(&resume, SITE_1_1, &whole);
	while (site_resume_after(&resume, ++done, at(now), &request, &pause_ms))
		now += pause_ms + 1;
	assert_in_range(done, 10, 20);
	/* progress renews hope */
	begin(&resume, SITE_1_1, &whole);
	assert_true(site_resume_after(
	    &resume, MIB, at(SITE_RESUME_MS * 10), &request, &pause_ms));
}

static void
only_the_same_file_fits(void **state)
{
	struct site_resume resume;
	struct site_request request;
	struct site_answer rest = whole;
	int64_t pause_ms;

	(void)state;
	begin(&resume, SITE_1_1, &whole);
	assert_true(
	    site_resume_after(&resume, MIB, at(1), &request, &pause_ms));
	rest.from = FROM + MIB;
	rest.length = LENGTH - MIB;
	assert_true(site_resume_fits(&resume, &rest));
	rest.from--;
	assert_false(site_resume_fits(&resume, &rest));
	rest.from++;
	rest.length--;
	assert_false(site_resume_fits(&resume, &rest));
	rest.length++;
	rest.etag[1] = '9';
	assert_false(site_resume_fits(&resume, &rest));
	rest = whole;
	rest.status = 200;
	assert_false(site_resume_fits(&resume, &rest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_the_rest),
		cmocka_unit_test(only_what_can_be_told_apart),
		cmocka_unit_test(tries_until_hope_is_gone),
		cmocka_unit_test(a_drip_is_no_progress),
		cmocka_unit_test(only_the_same_file_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
