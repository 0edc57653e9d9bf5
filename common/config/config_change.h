/* config_change: writing the configuration file. */
#ifndef COMMON_CONFIG_CONFIG_CHANGE_H
#define COMMON_CONFIG_CONFIG_CHANGE_H

#include "common/base/bytes.h"

/*
 * Change some keys in the file, keeping everything else in it, also unknown
 * keys; the result is checked like a loaded file before it replaces the old
 * one (atomically, 0600). values is a JSON object of dotted keys, e.g.
 * {"profile.label":"Alice"}; only keys that the table marks as settable. 0,
 * -EINVAL with *why a malloc'd sentence, or -errno.
 */
int config_change(int dirfd, struct bytes json_values, char **why);

/* Write a new goop.json with the essential keys and this label. -EEXIST if
 * there is a configuration file already. */
int config_create(int dirfd, const char *label);

/* The same for a dedicated rendezvous server. The file does not say that it is
 * one: `goop2 rendezvous` does. */
int config_create_server(int dirfd);

#endif
