#include "goop-viewerd/settings/settings_rows.h"

#include <jansson.h>

#include "common/base/xalloc.h"

/* Takes value. */
static void
add(struct settings_update *update, const char *key, json_t *value)
{
	struct records *rows = &update->rows;
	struct setting *items =
	    xreallocarray(rows->items, rows->count + 1, sizeof(*items));

	items[rows->count++] = (struct setting){ xstrdup(key),
		xcheck(json_dumps(value, JSON_ENCODE_ANY)) };
	rows->items = items;
	json_decref(value);
}

void
settings_rows(const struct viewer_settings *settings, const char *server,
    struct settings_update *ret)
{
	*ret = (struct settings_update){ 0 };
	add(ret, "profile.label", xcheck(json_string(settings->label)));
	add(ret, "profile.email", xcheck(json_string(settings->email)));
	add(ret, "profile.verification_token",
	    xcheck(json_string(settings->verification_token)));
	add(ret, "viewer.video_disabled",
	    xcheck(json_boolean(settings->video_disabled)));
	if (server != NULL)
		add(ret, "presence.rendezvous_wan",
		    xcheck(json_string(server)));
}
