/* settings_rows: saved settings as the rows that daemons take over while they
 * run (config_live.h). */
#ifndef GOOP_VIEWERD_SETTINGS_SETTINGS_ROWS_H
#define GOOP_VIEWERD_SETTINGS_SETTINGS_ROWS_H

#include "goop-viewerd/answers/viewer_json.h"
#include "proto/daemon_ops.h"

/* What of it others are told; server NULL: that did not change. For
 * message_fini(settings_update_message). */
void settings_rows(const struct viewer_settings *, const char *server,
    struct settings_update *ret);

#endif
