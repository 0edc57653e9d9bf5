#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cli/commands/peer_pick.h"
#include "common/base/array.h"

/* A literal for a member that is not const. */
#define TEXT(literal) ((char[]){ literal })

static struct peer_row peers[] = {
	{ .peer_id = TEXT("12D3KooWAlice"), .label = TEXT("Alice") },
	{ .peer_id = TEXT("12D3KooWAlbert"), .label = TEXT("Al") },
	{ .peer_id = TEXT("12D3KooWBob1"), .label = TEXT("Bob") },
	{ .peer_id = TEXT("12D3KooWBob2"), .label = TEXT("Bob") },
	{ .peer_id = TEXT("12D3KooWSly"), .label = TEXT("12D3KooWAlice") },
	{ .peer_id = TEXT("12D3KooWQuiet") },
};

/* clang-format off */
static const struct { const char *name, *wanted; int want; const char *id; } cases[] = {
	{ "label",             "Alice",        0, "12D3KooWAlice" },
	{ "label, no prefix",  "Al",           0, "12D3KooWAlbert" },
	{ "other case",        "alice",        PEER_PICK_NONE, NULL },
	{ "label of two",      "Bob",          PEER_PICK_SEVERAL, NULL },
	{ "beginning of id",   "12D3KooWAlb",  0, "12D3KooWAlbert" },
	{ "beginning of two",  "12D3KooWBob",  PEER_PICK_SEVERAL, NULL },
	{ "beginning of all",  "12D3",         PEER_PICK_SEVERAL, NULL },
	{ "whole id",          "12D3KooWQuiet", 0, "12D3KooWQuiet" },
	{ "nobody",            "Carol",        PEER_PICK_NONE, NULL },
	{ "empty",             "",             PEER_PICK_NONE, NULL },
};
/* clang-format on */

static void
test_pick(void **state)
{
	const struct peers_reply reply = { { peers, ARRAY_SIZE(peers) } };
	const char *id;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		id = NULL;
		rc = peer_pick(&reply, cases[i].wanted, &id);
		if (rc != cases[i].want ||
		    (rc == 0 && strcmp(id, cases[i].id) != 0))
			fail_msg("%s: got %d %s, want %d %s", cases[i].name, rc,
			    id != NULL ? id : "-", cases[i].want,
			    cases[i].id != NULL ? cases[i].id : "-");
	}
}

static void
test_pick_from_nobody(void **state)
{
	const struct peers_reply reply = { { NULL, 0 } };
	const char *id;

	(void)state;
	assert_int_equal(peer_pick(&reply, "Alice", &id), PEER_PICK_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pick),
		cmocka_unit_test(test_pick_from_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
