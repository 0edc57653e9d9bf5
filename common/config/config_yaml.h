/*
 * config_yaml: YAML, as far as a configuration needs it: maps, lists and
 * scalars. No aliases (nothing here needs them, and they can make a small file
 * huge), one document, keys once. Plain scalars are typed by YAML 1.2's core
 * schema, so that "no" is a text.
 */
#ifndef COMMON_CONFIG_CONFIG_YAML_H
#define COMMON_CONFIG_CONFIG_YAML_H

#include "common/config/config_tree.h"

/* 0, or -EINVAL with *flaw filled. */
int config_tree_parse_yaml(
    struct config_tree *, struct bytes, struct config_flaw *);

/* 0 or -ENOBUFS. */
int config_tree_print_yaml(const json_t *, struct buffer *);

#endif
