/* The e-mails that peers tell of themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "goopd/data/protocol/peer_emails.h"

static void
test_emails(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name, *email, *want;
	} emails[] = {
		{ "one",           "a@b.c",          "a@b.c" },
		{ "none",          NULL,             "" },
		{ "beyond ASCII",  "j\xc3\xbcrg@b",  "j\xc3\xbcrg@b" },
		{ "empty",         "",               "" },
		{ "a line feed",   "a\n@b",          "" },
		{ "no UTF-8",      "\xff@b",         "" },
		{ "backwards",     "a\xe2\x80\xae@", "" },
	};
	/* clang-format on */
	struct peer_emails *set = peer_emails_new();
	char text[PEER_EMAIL_MAX + 2];
	struct peer_id id = { .len = 34 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(emails); i++) {
		print_message("case: %s\n", emails[i].name);
		peer_emails_set(set, &id, "before@b");
		peer_emails_set(set, &id, emails[i].email);
		assert_string_equal(peer_emails_get(set, &id), emails[i].want);
	}
	memset(text, 'a', sizeof(text));
	text[PEER_EMAIL_MAX + 1] = '\0';
	peer_emails_set(set, &id, text);
	assert_string_equal(peer_emails_get(set, &id), "");
	text[PEER_EMAIL_MAX] = '\0';
	peer_emails_set(set, &id, text);
	assert_string_equal(peer_emails_get(set, &id), text);
	peer_emails_free(set);
}

/* The oldest go; who is told of again is young. */
static void
test_emails_bounded(void **state)
{
	struct peer_emails *set = peer_emails_new();
	struct peer_id id = { .len = 34 }, first = id, second = id;
	int i;

	(void)state;
	first.data[2] = 1;
	second.data[2] = 2;
	peer_emails_set(set, &first, "first");
	peer_emails_set(set, &second, "second");
	peer_emails_set(set, &first, "first");
	for (i = 0; i < PEER_EMAILS_MAX - 1; i++) {
		memcpy(id.data + 3, &i, sizeof(i));
		peer_emails_set(set, &id, "other");
	}
	assert_string_equal(peer_emails_get(set, &first), "first");
	assert_string_equal(peer_emails_get(set, &second), "");
	assert_string_equal(peer_emails_get(set, &id), "other");
	peer_emails_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_emails),
		cmocka_unit_test(test_emails_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
