/* config_apply: from a tree to a checked struct config; and single values. */
#ifndef COMMON_CONFIG_CONFIG_APPLY_H
#define COMMON_CONFIG_CONFIG_APPLY_H

#include "common/config/config.h"
#include "common/config/config_keys.h"
#include "common/config/config_tree.h"

/* Lay the tree over the defaults. 0, or -EINVAL if problems has errors. */
int config_apply(
    const struct config_tree *, struct config *ret, struct config_problems *);

/* The value that the tree has for a key; NULL if it has none. */
json_t *config_lookup(const struct config_tree *, const struct config_key *);

/* Typed access to the member of a key. */
void *config_member_of(const struct config *, const struct config_key *);

void config_problem_add(struct config_problems *, bool is_warning,
    unsigned int line, const char *key, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
