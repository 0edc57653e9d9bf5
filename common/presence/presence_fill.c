#include "common/presence/presence_fill.h"

#include <string.h>

#include "common/base/xalloc.h"
#include "common/presence/presence_addresses.h"

#define LABEL_DEFAULT "hello" /* the original's */

/* The original leaves out what is empty. */
static char *
copy(const char *text)
{
	return text != NULL && *text != '\0' ? xstrdup(text) : NULL;
}

void
presence_fill(const char *type, int64_t ts_ms,
    const struct identity_reply *self, const struct self_profile *profile,
    struct presence *ret)
{
	struct peer_id id;

	*ret = (struct presence){
		.type = xstrdup(type),
		.peer_id = xstrdup(self->peer_id),
		.ts_ms = ts_ms,
	};
	if (strcmp(type, PRESENCE_OFFLINE) == 0)
		return;
	ret->content = copy(profile->label);
	if (ret->content == NULL)
		ret->content = xstrdup(LABEL_DEFAULT);
	ret->email = copy(profile->email);
	ret->video_disabled = profile->video_disabled;
	ret->active_template = copy(profile->active_template);
	ret->verification_token = copy(profile->verification_token);
	ret->client_version = xstrdup(GOOP_VERSION);
	strings_copy(&self->addresses, &ret->addrs);
	if (peer_id_parse(self->peer_id, &id) == 0)
		presence_addresses_filter(
		    &ret->addrs, &id, PRESENCE_ADDRESSES_DIAL);
}
