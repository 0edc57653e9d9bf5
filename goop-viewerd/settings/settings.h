/*
 * settings: the owner's quick settings: label, e-mail, theme and the like.
 * Changes go to the writer, one at a time; what it saved is in effect. If the
 * writer dies, only a restart of the daemon brings a new one: on_lost reports
 * it.
 */
#ifndef GOOP_VIEWERD_SETTINGS_SETTINGS_H
#define GOOP_VIEWERD_SETTINGS_SETTINGS_H

#include <event2/event.h>

#include "common/http/server/http_request.h"
#include "goop-viewerd/answers/viewer_json.h"

struct settings;

struct settings_listener {
	void (*on_changed)(void *arg); /* after each change */
	void (*on_lost)(void *arg);
};

/* Load, and fork the writer; needs the rights of open(). 0, or -errno after
 * logging. */
int settings_open(int dirfd, struct event_base *,
    const struct settings_listener *, void *arg, struct settings **ret);
void settings_free(struct settings *); /* NULL is fine */

/* The settings in effect; borrowed until the next change. */
const struct viewer_settings *settings_get(const struct settings *);

/* POST /api/settings/quick: answers the request, now or later. */
void settings_change(struct settings *, struct http_request *);

#endif
