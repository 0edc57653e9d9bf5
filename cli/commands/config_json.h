/*
 * config_json: what goop2 config --json prints:
 *
 *	{"config": a whole goop.json,
 *	 "from": {"p2p.listen_port": "default", ...},
 *	 "secrets": {"presence.admin_password": "set" or "not set", ...}}
 *
 * The member config loads back to the same values, but for passwords and other
 * secrets: it has none.
 */
#ifndef CLI_COMMANDS_CONFIG_JSON_H
#define CLI_COMMANDS_CONFIG_JSON_H

#include <jansson.h>

#include "common/config/config.h"
#include "common/config/config_values.h"

/* Does it have a value at all? */
bool config_json_is_set(const struct config_value *);

/* The caller owns what is returned. */
json_t *config_json_new(const struct config_value *, size_t count);

#endif
