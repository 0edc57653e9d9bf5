/*
 * config_json: what goop2 config --json prints:
 *
 *	{"config": a whole goop.json, "from": {"p2p.listen_port": "default",
 *...}}
 *
 * The member config loads back to the same values.
 */
#ifndef CLI_CONFIG_JSON_H
#define CLI_CONFIG_JSON_H

#include <jansson.h>

#include "common/daemon/config.h"

/* The caller owns what is returned. */
json_t *config_json_new(const struct config_value *, size_t count);

#endif
