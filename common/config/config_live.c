#include "common/config/config_live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "common/config/config_apply.h"
#include "common/config/config_values.h"

void
config_live_list(const struct config *config, struct settings_update *ret)
{
	const struct config_key *key = config_keys;
	struct setting *rows = NULL;
	size_t count = 0;

	for (; key->key != NULL; key++) {
		if ((key->flags & CONFIG_LIVE) == 0)
			continue;
		rows = xreallocarray(rows, count + 1, sizeof(*rows));
		rows[count++] = (struct setting){ xstrdup(key->key),
			config_value_print(config, key) };
	}
	ret->rows = (struct records){ rows, count };
}

/* The value of a row, as the configuration would print it: to compare. */
static bool
is_same(const struct config *a, const struct config *b,
    const struct config_key *key)
{
	CLEANUP_FREE char *one = config_value_print(a, key);
	CLEANUP_FREE char *other = config_value_print(b, key);

	return strcmp(one, other) == 0;
}

/* The rows as a file would have them. */
static int
tree_of(
    const struct settings_update *settings, struct config_tree *ret, char **why)
{
	const struct setting *row = settings->rows.items;
	const struct setting *end = row + settings->rows.count;
	const struct config_key *key;
	json_t *value;
	int rc = 0;

	*ret = (struct config_tree){ .root = xcheck(json_object()) };
	for (; row < end && rc == 0; row++) {
		key = config_key_find(row->key);
		value = json_loads(
		    row->value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		if (key == NULL || (key->flags & CONFIG_NO_EFFECT) ||
		    value == NULL) {
			*why = xasprintf("%s is no setting, or its value is "
					 "no JSON",
			    row->key);
			rc = -EINVAL;
		} else {
			rc = config_tree_set(ret, key->key, value);
		}
		json_decref(value);
	}
	return rc;
}

/* What the rows do not name is as it is. */
static void
fill_up(struct config_tree *tree, const struct config *config)
{
	const struct config_key *key = config_keys;
	CLEANUP_FREE char *text = NULL;
	json_t *value;

	for (; key->key != NULL; key++) {
		if ((key->flags & CONFIG_NO_EFFECT) ||
		    config_lookup(tree, key) != NULL)
			continue;
		free(text);
		text = config_value_print(config, key);
		value =
		    json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		config_tree_set(tree, key->key, value);
		json_decref(value);
	}
}

static size_t
size_of(const struct config_key *key)
{
	switch (key->kind) {
	case CONFIG_TEXT:
		return sizeof(char *);
	case CONFIG_NUMBER:
		return sizeof(int64_t);
	case CONFIG_SWITCH:
		return sizeof(bool);
	case CONFIG_TEXTS:
		break;
	}
	return sizeof(struct strings);
}

static void
swap(struct config *a, struct config *b, const struct config_key *key)
{
	uint8_t kept[sizeof(struct strings)];
	void *x = config_member_of(a, key), *y = config_member_of(b, key);

	memcpy(kept, x, size_of(key));
	memcpy(x, y, size_of(key));
	memcpy(y, kept, size_of(key));
}

static void
take(struct config *config, struct config *wanted, struct settings_taken *ret)
{
	const struct config_key *key = config_keys;

	for (; key->key != NULL; key++) {
		if ((key->flags & CONFIG_NO_EFFECT) ||
		    is_same(config, wanted, key))
			continue;
		if (key->flags & CONFIG_LIVE) {
			swap(config, wanted, key);
			strings_add(&ret->changed, key->key);
		} else {
			strings_add(&ret->later, key->key);
		}
	}
}

int
config_live_take(struct config *config, const struct settings_update *settings,
    struct settings_taken *ret, char **why)
{
	struct config_problems problems = { 0 };
	struct config_tree tree;
	struct config wanted;
	int rc;

	*ret = (struct settings_taken){ 0 };
	*why = NULL;
	rc = tree_of(settings, &tree, why);
	if (rc == 0) {
		fill_up(&tree, config);
		rc = config_apply(&tree, &wanted, &problems);
		if (rc < 0)
			*why = config_problems_first(&problems);
		config_problems_fini(&problems);
	}
	if (rc == 0) {
		take(config, &wanted, ret);
		config_fini(&wanted);
	}
	config_tree_fini(&tree);
	return rc;
}
