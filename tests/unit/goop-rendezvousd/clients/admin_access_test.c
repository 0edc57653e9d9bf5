#include "goop-rendezvousd/clients/admin_access.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/base64.h"
#include "common/base/password_hash.h"

/* A server whose clock stands still unless it is moved. */
struct door {
	struct client_limits *limits;
	struct admin_access *access;
	struct monotime now;
	unsigned int retry_s;
};

static struct door
open_door(const char *password, const char *hash)
{
	static const struct client_limits_config config = { 60, 1200, 10, 10,
		10 };
	struct door door = { .now = { 1000000000 } };

	door.limits = client_limits_new(&config);
	assert_int_equal(
	    admin_access_new(password, hash, door.limits, &door.access), 0);
	return door;
}

static void
close_door(struct door *door)
{
	admin_access_free(door->access);
	client_limits_free(door->limits);
}

static enum admin_verdict
knock(struct door *door, const char *header, const char *from)
{
	struct client_address address;

	assert_int_equal(client_address_parse(bytes_of(from), &address), 0);
	return admin_access_judge(
	    door->access, header, &address, door->now, &door->retry_s);
}

/* "Basic " and what it says, in base64. */
static const char *
basic(const char *credentials)
{
	static char header[600];
	char text[512];

	base64_print(bytes_of(credentials), text);
	snprintf(header, sizeof(header), "Basic %s", text);
	return header;
}

/* With password "pa:ss" */
static const struct {
	const char *name, *header;
	enum admin_verdict want;
} cases[] = {
	{ "right", "Basic YWRtaW46cGE6c3M=", ADMIN_GRANTED },
	{ "without padding", "Basic YWRtaW46cGE6c3M", ADMIN_GRANTED },
	{ "in other letters", "bAsIc   YWRtaW46cGE6c3M=", ADMIN_GRANTED },
	{ "no header", NULL, ADMIN_UNNAMED },
	{ "another scheme", "Bearer YWRtaW46cGE6c3M=", ADMIN_UNNAMED },
	{ "nothing behind", "Basic ", ADMIN_WRONG },
	{ "no base64", "Basic admin:pa:ss", ADMIN_WRONG },
	{ "space at the end", "Basic YWRtaW46cGE6c3M= ", ADMIN_WRONG },
};

static void
reads_headers(void **state)
{
	struct door door;
	size_t i;
	enum admin_verdict got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		door = open_door("pa:ss", "");
		got = knock(&door, cases[i].header, "192.0.2.1");
		if (got != cases[i].want)
			fail_msg("%s: got %d", cases[i].name, got);
		close_door(&door);
	}
}

static void
compares_all_of_it(void **state)
{
	static const char *const wrong[] = { "admin:pa:s", "admin:pa:sss",
		"admin:", "admin", "root:pa:ss", "Admin:pa:ss", ":pa:ss",
		"admin:pa:ss\n", "" };
	struct door door;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		door = open_door("pa:ss", "");
		if (knock(&door, basic(wrong[i]), "192.0.2.1") != ADMIN_WRONG)
			fail_msg("let in: %s", wrong[i]);
		close_door(&door);
	}
}

static void
is_off_without_a_password(void **state)
{
	struct door door = open_door("", "");

	(void)state;
	assert_false(admin_access_is_enabled(door.access));
	assert_int_equal(
	    knock(&door, basic("admin:"), "192.0.2.1"), ADMIN_DISABLED);
	close_door(&door);
}

static void
takes_a_hash(void **state)
{
	char hash[PASSWORD_HASH_TEXT_SIZE];
	struct door door;

	(void)state;
	assert_int_equal(password_hash_make(bytes_of("secret"), hash), 0);
	door = open_door("ignored", hash);
	assert_true(admin_access_is_enabled(door.access));
	assert_int_equal(
	    knock(&door, basic("admin:ignored"), "192.0.2.1"), ADMIN_WRONG);
	assert_int_equal(
	    knock(&door, basic("admin:secret"), "192.0.2.1"), ADMIN_GRANTED);
	close_door(&door);
}

static void
refuses_what_is_no_hash(void **state)
{
	struct admin_access *access;

	(void)state;
	assert_int_equal(
	    admin_access_new("", "hunter2", NULL, &access), -EINVAL);
}

static void
guessing_takes_longer_and_longer(void **state)
{
	struct door door = open_door("secret", "");
	unsigned int before = 0, round;

	(void)state;
	while (knock(&door, basic("admin:a"), "192.0.2.1") == ADMIN_WRONG)
		continue;
	/* Not even the right one is looked at; others are not kept waiting. */
	assert_int_equal(
	    knock(&door, basic("admin:secret"), "192.0.2.1"), ADMIN_LATER);
	assert_int_equal(
	    knock(&door, basic("admin:secret"), "192.0.2.2"), ADMIN_GRANTED);
	for (round = 0; round < 6; round++) {
		assert_int_equal(
		    knock(&door, basic("admin:b"), "192.0.2.1"), ADMIN_LATER);
		assert_true(door.retry_s >= before);
		before = door.retry_s;
		door.now = monotime_add_ms(door.now, door.retry_s * 1000);
		assert_int_equal(
		    knock(&door, basic("admin:b"), "192.0.2.1"), ADMIN_WRONG);
	}
	assert_true(before >= 8);
	close_door(&door);
}

static void
all_guessers_share_the_slow_hash(void **state)
{
	char hash[PASSWORD_HASH_TEXT_SIZE], from[32];
	struct door door;
	int i;

	(void)state;
	assert_int_equal(password_hash_make(bytes_of("secret"), hash), 0);
	door = open_door("", hash);
	for (i = 0; i < ADMIN_HASHES_BURST; i++) {
		snprintf(from, sizeof(from), "198.51.100.%d", i + 1);
		assert_int_equal(
		    knock(&door, basic("admin:a"), from), ADMIN_WRONG);
	}
	assert_int_equal(
	    knock(&door, basic("admin:a"), "198.51.100.99"), ADMIN_LATER);
	assert_int_equal(
	    knock(&door, basic("admin:secret"), "192.0.2.1"), ADMIN_LATER);
	close_door(&door);
}

/* Where the slow hash is not asked any more, each wrong password counts. */
static void
who_is_known_goes_on(void **state)
{
	char hash[PASSWORD_HASH_TEXT_SIZE];
	struct door door;
	int i;

	(void)state;
	assert_int_equal(password_hash_make(bytes_of("secret"), hash), 0);
	door = open_door("", hash);
	for (i = 0; i < 100; i++)
		assert_int_equal(
		    knock(&door, basic("admin:secret"), "192.0.2.1"),
		    ADMIN_GRANTED);
	for (i = 0; i < 20; i++)
		assert_int_not_equal(
		    knock(&door, basic("admin:a"), "192.0.2.2"), ADMIN_GRANTED);
	assert_int_equal(
	    knock(&door, basic("admin:secret"), "192.0.2.2"), ADMIN_LATER);
	assert_int_equal(
	    knock(&door, basic("admin:secret"), "192.0.2.1"), ADMIN_GRANTED);
	close_door(&door);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_headers),
		cmocka_unit_test(compares_all_of_it),
		cmocka_unit_test(is_off_without_a_password),
		cmocka_unit_test(takes_a_hash),
		cmocka_unit_test(refuses_what_is_no_hash),
		cmocka_unit_test(guessing_takes_longer_and_longer),
		cmocka_unit_test(all_guessers_share_the_slow_hash),
		cmocka_unit_test(who_is_known_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
