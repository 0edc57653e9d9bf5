#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "common/base/array.h"
#include "common/resolver/resolver_message.h"

static void
test_question(void **state)
{
	static const struct {
		const char *name, *text;
		size_t len;
		int want;
	} cases[] = {
		{ "one", "\0\0\0\7a.org", 9, 0 },
		{ "no name", "\0\0\0\7", 4, -EBADMSG },
		{ "half an id", "\0\0", 2, -EBADMSG },
		{ "nothing", "", 0, -EBADMSG },
		{ "a NUL", "\0\0\0\7a\0b", 7, -EBADMSG },
		{ "a space", "\0\0\0\7a b", 7, -EBADMSG },
		{ "not ASCII", "\0\0\0\7\xc3\xbc", 6, -EBADMSG },
	};
	uint8_t packet[RESOLVER_QUESTION_MAX + 1];
	char name[RESOLVER_NAME_SIZE];
	uint32_t id;
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		got = resolver_question_decode(
		    (struct bytes){
			(const uint8_t *)cases[i].text, cases[i].len },
		    &id, name);
		if (got != cases[i].want)
			fail_msg("%s: got %d", cases[i].name, got);
	}
	memset(name, 'a', sizeof(name));
	name[RESOLVER_NAME_SIZE - 1] = '\0';
	assert_int_equal(resolver_question_encode(0x01020304, name, packet),
	    RESOLVER_QUESTION_MAX);
	memset(name, 0, sizeof(name));
	assert_int_equal(
	    resolver_question_decode(
		(struct bytes){ packet, RESOLVER_QUESTION_MAX }, &id, name),
	    0);
	assert_int_equal(id, 0x01020304);
	assert_int_equal(strlen(name), RESOLVER_NAME_SIZE - 1);
	packet[RESOLVER_QUESTION_MAX] = 'a';
	assert_int_equal(
	    resolver_question_decode(
		(struct bytes){ packet, sizeof(packet) }, &id, name),
	    -EBADMSG);
}

static void
test_answer(void **state)
{
	struct resolver_answer answer = { .count = 2,
		.at = { { 4, 0, { 192, 0, 2, 1 } },
		    { 6, 0x01000002, { 0xfe, 0x80, [15] = 1 } } } };
	struct resolver_answer got;
	uint8_t packet[RESOLVER_ANSWER_MAX + 21] = { 0 };
	size_t len = resolver_answer_encode(9, &answer, packet), i;
	uint32_t id;

	(void)state;
	assert_int_equal(
	    resolver_answer_decode((struct bytes){ packet, len }, &id, &got),
	    0);
	assert_int_equal(id, 9);
	assert_memory_equal(&got, &answer, sizeof(got));
	/* cut anywhere else than behind a row, or behind the head */
	for (i = 0; i < len; i++)
		if (i != 8 + 21)
			assert_int_equal(
			    resolver_answer_decode(
				(struct bytes){ packet, i }, &id, &got),
			    -EBADMSG);
	packet[8] = 5;
	assert_int_equal(
	    resolver_answer_decode((struct bytes){ packet, len }, &id, &got),
	    -EBADMSG);
	packet[8] = 4;
	assert_int_equal(
	    resolver_answer_decode(
		(struct bytes){ packet, sizeof(packet) }, &id, &got),
	    -EBADMSG);
	answer = (struct resolver_answer){ .error = EAI_NONAME };
	len = resolver_answer_encode(9, &answer, packet);
	assert_int_equal(
	    resolver_answer_decode((struct bytes){ packet, len }, &id, &got),
	    0);
	assert_int_equal(got.error, EAI_NONAME);
	assert_int_equal(resolver_answer_decode(
			     (struct bytes){ packet, len + 21 }, &id, &got),
	    -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_question),
		cmocka_unit_test(test_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
