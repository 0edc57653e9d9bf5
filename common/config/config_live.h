/*
 * config_live: how a changed setting reaches a running daemon: as rows of key
 * and value (proto/daemon_ops.h). The table says which settings take effect at
 * once (CONFIG_LIVE); the others do when the daemon starts.
 */
#ifndef COMMON_CONFIG_CONFIG_LIVE_H
#define COMMON_CONFIG_CONFIG_LIVE_H

#include "common/config/config.h"
#include "proto/daemon_ops.h"

/* The settings that can take effect at once, as they are in this
 * configuration; for message_fini(settings_update_message). */
void config_live_list(const struct config *, struct settings_update *ret);

/*
 * Take these settings over. Texts that borrowed from the configuration a
 * setting that changed are gone afterwards. ret, for
 * message_fini(settings_taken_message): the keys that changed, and those that
 * are different only after a restart. 0, or -EINVAL with *why a malloc'd
 * sentence and nothing changed.
 */
int config_live_take(struct config *, const struct settings_update *,
    struct settings_taken *ret, char **why);

#endif
