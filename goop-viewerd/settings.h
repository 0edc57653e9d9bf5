/*
 * settings: the owner's quick settings: label, e-mail, theme and the like.
 * Changes go to the keeper, one at a time; what it saved is what counts.
 */
#ifndef GOOP_VIEWERD_SETTINGS_H
#define GOOP_VIEWERD_SETTINGS_H

#include <event2/event.h>

#include "common/http/http_request.h"
#include "goop-viewerd/viewer_messages.h"

struct settings;

/* Load, and fork the keeper: needs the rights of open(). 0 or -errno after
 * having logged. on_changed comes after each change. */
int settings_open(int dirfd, struct event_base *, void (*on_changed)(void *arg),
    void *arg, struct settings **ret);
void settings_free(struct settings *); /* NULL is fine */

/* As they are; borrowed until the next change. */
const struct viewer_settings *settings_get(const struct settings *);

/* POST /api/settings/quick: answers the request, now or later. */
void settings_change(struct settings *, struct http_request *);

#endif
