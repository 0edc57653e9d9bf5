/*
 * settings: the owner's quick settings: label, e-mail, theme and the like.
 * Changes go to the writer, one at a time; what it saved is in effect. If the
 * writer dies, only a restart of the daemon brings a new one: on_lost reports
 * it.
 */
#ifndef GOOP_VIEWERD_SETTINGS_SETTINGS_H
#define GOOP_VIEWERD_SETTINGS_SETTINGS_H

#include <event2/event.h>

#include "common/config/config.h"
#include "common/http/server/http_request.h"
#include "goop-viewerd/answers/viewer_json.h"

struct settings;

struct settings_listener {
	/* After each change; server: which rendezvous server is used now ("":
	 * none), NULL if that did not change. */
	void (*on_changed)(const char *server, void *arg);
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

/* The same for the rendezvous server to use; "": none. url is copied, and was
 * tried. */
void settings_change_server(
    struct settings *, struct http_request *, const char *url);

/* What another program saved, as far as others are told of it. */
void settings_adopt(struct settings *, const struct config *);

#endif
