#include "common/config/config_values.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/xalloc.h"
#include "common/config/config_apply.h"

static json_t *
list_of(const struct strings *strings)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < strings->count; i++)
		json_array_append_new(list, json_string(strings->items[i]));
	return list;
}

static json_t *
value_of(const struct config *config, const struct config_key *key)
{
	const void *member = config_member_of(config, key);

	switch (key->kind) {
	case CONFIG_TEXT:
		return json_string(*(char *const *)member);
	case CONFIG_NUMBER:
		return json_integer(*(const int64_t *)member);
	case CONFIG_SWITCH:
		return json_boolean(*(const bool *)member);
	case CONFIG_TEXTS:
		return list_of(member);
	}
	return NULL;
}

char *
config_value_print(const struct config *config, const struct config_key *key)
{
	json_t *value = value_of(config, key);
	char *text = xcheck(json_dumps(value, JSON_ENCODE_ANY));

	json_decref(value);
	return text;
}

static void
list_values(const struct config_tree *tree, const struct config *config,
    struct config_value **ret, size_t *ret_count)
{
	const struct config_key *key = config_keys;
	struct config_value *values = NULL;
	size_t count = 0;

	for (; key->key != NULL; key++) {
		if (key->flags & CONFIG_NO_EFFECT)
			continue;
		values = xreallocarray(values, count + 1, sizeof(*values));
		values[count++] = (struct config_value){ key->key, key->help,
			config_value_print(config, key),
			config_lookup(tree, key) != NULL ? tree->file
							 : "default",
			(key->flags & CONFIG_SECRET) != 0 };
	}
	*ret = values;
	*ret_count = count;
}

int
config_values(int dirfd, struct config_value **ret, size_t *ret_count)
{
	struct config_problems problems;
	struct config_tree tree;
	struct config config = { 0 };
	int rc = config_read(dirfd, &tree, &config, &problems);

	if (rc == 0) {
		list_values(&tree, &config, ret, ret_count);
		config_fini(&config);
	}
	config_problems_fini(&problems);
	config_tree_fini(&tree);
	return rc;
}

void
config_values_free(struct config_value *values, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(values[i].text);
	free(values);
}
