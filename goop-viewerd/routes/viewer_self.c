#include "goop-viewerd/routes/viewer_self.h"

#include "goop-viewerd/answers/json_reply.h"
#include "goop-viewerd/feeds/peer_feed.h"
#include "goop-viewerd/goopd/goopd_client.h"
#include "goop-viewerd/settings/settings.h"

struct viewer_self
viewer_self(const struct viewer *viewer)
{
	const struct identity_reply *identity =
	    goopd_client_identity(viewer->goopd);
	const struct viewer_settings *settings = settings_get(viewer->settings);

	return (struct viewer_self){
		.id = viewer_text(identity->peer_id),
		.label = viewer_text(settings->label),
		.email = viewer_text(settings->email),
		.avatar_hash = viewer_text(NULL),
		.theme = viewer_text(settings->theme),
		.version = GOOP_VERSION,
		.addresses = identity->addresses,
	};
}

static struct viewer_daemons
daemons_of(const struct viewer *viewer)
{
	return (struct viewer_daemons){ goopd_client_is_up(viewer->goopd),
		peer_feed_is_up(viewer->peers) };
}

void
viewer_self_tell(struct viewer *viewer)
{
	struct viewer_self self = viewer_self(viewer);

	json_tell(
	    peer_feed_hub(viewer->peers), "self", &viewer_self_message, &self);
}

void
viewer_daemons_tell(struct viewer *viewer)
{
	struct viewer_daemons daemons = daemons_of(viewer);

	json_tell(peer_feed_hub(viewer->peers), "daemons",
	    &viewer_daemons_message, &daemons);
}

int
viewer_self_tell_reader(const struct viewer *viewer, struct sse_reader *reader)
{
	struct viewer_self self = viewer_self(viewer);
	struct viewer_daemons daemons = daemons_of(viewer);
	int rc;

	rc = json_tell_reader(reader, "self", &viewer_self_message, &self);
	return rc < 0 ? rc
		      : json_tell_reader(reader, "daemons",
			    &viewer_daemons_message, &daemons);
}
