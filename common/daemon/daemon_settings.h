/* daemon_settings: a daemon takes changed settings over while it runs. */
#ifndef COMMON_DAEMON_DAEMON_SETTINGS_H
#define COMMON_DAEMON_DAEMON_SETTINGS_H

#include "common/daemon/daemon.h"
#include "proto/daemon_ops.h"

/* From now on daemon_settings is answered: what changed is in the
 * configuration, which is the context's, when configure (may be NULL) is
 * called. */
void daemon_settings_open(
    struct config *, void (*configure)(struct daemon_context *));

/* The same for this daemon itself, without a call of configure: it saved them.
 * The table has checked them before. */
void daemon_settings_take(const struct settings_update *);

#endif
