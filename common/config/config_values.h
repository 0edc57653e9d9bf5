/* config_values: what is in effect, as text that loads back to itself. */
#ifndef COMMON_CONFIG_CONFIG_VALUES_H
#define COMMON_CONFIG_CONFIG_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config/config_keys.h"

struct config;

/* One effective value, for `goop2 config`; text is malloc'd. */
struct config_value {
	const char *key;
	const char *help;
	char *text;       /* as JSON */
	const char *from; /* "goop.json", "default" */
	bool is_secret;   /* do not show text, unless it is "" */
};
/* All of the table, in order; *ret is malloc'd. */
int config_values(int dirfd, struct config_value **ret, size_t *ret_count);
void config_values_free(struct config_value *, size_t count);

/* The value of this key in the configuration, as malloc'd JSON. */
char *config_value_print(const struct config *, const struct config_key *);

#endif
