#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "common/config/config_apply.h"
#include "common/config/config_live.h"

/* A configuration of nothing but defaults. */
static void
make_config(struct config *ret)
{
	struct config_tree tree = { .root = json_object() };
	struct config_problems problems = { 0 };

	assert_int_equal(config_apply(&tree, ret, &problems), 0);
	config_tree_fini(&tree);
}

/* Take one setting; what came of it in *ret. */
static int
take(struct config *config, const char *key, const char *value,
    struct settings_taken *ret)
{
	struct setting row = { key, value };
	struct settings_update update = { { &row, 1 } };
	CLEANUP_FREE char *why = NULL;
	int rc = config_live_take(config, &update, ret, &why);

	if (rc < 0)
		assert_non_null(why);
	return rc;
}

static void
test_taken(void **state)
{
	struct settings_taken taken;
	struct config config;

	(void)state;
	make_config(&config);
	assert_int_equal(take(&config, "Profile.LABEL", "\"Bob\"", &taken), 0);
	assert_string_equal(config.label, "Bob");
	assert_int_equal(taken.changed.count, 1);
	assert_string_equal(taken.changed.items[0], "profile.label");
	assert_int_equal(taken.later.count, 0);
	message_fini(&settings_taken_message, &taken);
	/* the same again is no change */
	assert_int_equal(take(&config, "profile.label", "\"Bob\"", &taken), 0);
	assert_int_equal(taken.changed.count, 0);
	message_fini(&settings_taken_message, &taken);
	/* a server as it was pasted is one URL, and the same */
	assert_int_equal(take(&config, "presence.rendezvous_wan",
			     "\" goop.example \"", &taken),
	    0);
	assert_string_equal(config.rendezvous_wan, "https://goop.example");
	message_fini(&settings_taken_message, &taken);
	assert_int_equal(take(&config, "presence.rendezvous_wan",
			     "\"https://goop.example\"", &taken),
	    0);
	assert_int_equal(taken.changed.count, 0);
	message_fini(&settings_taken_message, &taken);
	config_fini(&config);
}

static void
test_later(void **state)
{
	struct settings_taken taken;
	struct config config;

	(void)state;
	make_config(&config);
	assert_int_equal(take(&config, "p2p.listen_port", "4242", &taken), 0);
	assert_int_equal(config.listen_port, 0);
	assert_int_equal(taken.changed.count, 0);
	assert_int_equal(taken.later.count, 1);
	assert_string_equal(taken.later.items[0], "p2p.listen_port");
	message_fini(&settings_taken_message, &taken);
	config_fini(&config);
}

/* Nothing changes by rows of which one is wrong. */
static void
test_refused(void **state)
{
	/* clang-format off */
	static const struct { const char *key, *value; } wrong[] = {
		{ "profile.lable",           "\"Bob\"" },
		{ "profile.label",           "Bob" },
		{ "profile.label",           "7" },
		{ "profile.label",           "" },
		{ "label",                   "\"Bob\"" },
		{ "lua.enabled",             "true" },
		{ "presence.rendezvous_wan", "\"ftp://a\"" },
		{ "presence.ttl_seconds",    "5" }, /* as the heartbeat */
	};
	/* clang-format on */
	struct setting rows[2] = { { "profile.email", "\"a@example\"" } };
	struct settings_update update = { { rows, ARRAY_SIZE(rows) } };
	struct settings_taken taken;
	struct config config;
	char *why;
	size_t i;

	(void)state;
	make_config(&config);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		rows[1] = (struct setting){ wrong[i].key, wrong[i].value };
		if (config_live_take(&config, &update, &taken, &why) != -EINVAL)
			fail_msg("%s %s", wrong[i].key, wrong[i].value);
		assert_non_null(why);
		free(why);
		assert_string_equal(config.email, "");
		assert_string_equal(config.label, "hello");
	}
	config_fini(&config);
}

/* What is listed is taken, and is no change. */
static void
test_list(void **state)
{
	struct settings_update update;
	struct settings_taken taken;
	const struct setting *rows;
	struct config config, other;
	char *why;

	(void)state;
	make_config(&config);
	make_config(&other);
	free(config.label);
	config.label = xstrdup("A \"quoted\" \xc3\xa9");
	config_live_list(&config, &update);
	rows = update.rows.items;
	assert_true(update.rows.count > 2);
	assert_non_null(config_key_find(rows[0].key));
	assert_int_equal(config_live_take(&other, &update, &taken, &why), 0);
	assert_string_equal(other.label, config.label);
	assert_int_equal(taken.changed.count, 1);
	message_fini(&settings_taken_message, &taken);
	message_fini(&settings_update_message, &update);
	config_fini(&config);
	config_fini(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_later),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
