#include "goop-viewerd/viewer.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/config/config_live.h"
#include "common/daemon/daemon_settings.h"
#include "goop-viewerd/data/data_export.h"
#include "goop-viewerd/feeds/data_feed.h"
#include "goop-viewerd/feeds/log_feed.h"
#include "goop-viewerd/feeds/peer_feed.h"
#include "goop-viewerd/goopd/goopd_client.h"
#include "goop-viewerd/routes/viewer_router.h"
#include "goop-viewerd/routes/viewer_self.h"
#include "goop-viewerd/settings/settings.h"
#include "goop-viewerd/settings/settings_rows.h"
#include "goop-viewerd/site/site_transfer.h"

enum { SETTINGS_BUDGET_MS = 5000 };

/* --- what the other daemons and the pages must know of a change */

static void
send_settings(struct viewer *viewer)
{
	struct settings_update update;

	config_live_list(viewer->context->config, &update);
	/* A daemon that is away gets it when it is back (on_state): it may
	 * have read the file before the change. */
	ask_daemon_settings(peer_feed_client(viewer->peers), &update,
	    SETTINGS_BUDGET_MS, NULL, NULL);
	ask_daemon_settings(goopd_client_client(viewer->goopd), &update,
	    SETTINGS_BUDGET_MS, NULL, NULL);
	message_fini(&settings_update_message, &update);
}

static void
on_settings(const char *server, void *arg)
{
	struct viewer *viewer = arg;
	struct settings_update update;

	log_info("settings changed");
	settings_rows(settings_get(viewer->settings), server, &update);
	daemon_settings_take(&update);
	message_fini(&settings_update_message, &update);
	send_settings(viewer);
	viewer_self_tell(viewer);
}

void
viewer_configure(struct daemon_context *context)
{
	struct viewer *viewer = context->state;

	settings_adopt(viewer->settings, context->config);
	send_settings(viewer);
	viewer_self_tell(viewer);
}

/* The sandbox does not allow a second fork: only a restart helps. */
static void
on_writer_lost(void *arg)
{
	(void)arg;
	die("the process that writes the settings ended: goop-viewerd must be "
	    "restarted");
}

static void
on_identity(void *arg)
{
	viewer_self_tell(arg);
}

static void
on_state(void *arg)
{
	struct viewer *viewer = arg;

	if (viewer->peers == NULL || viewer->goopd == NULL)
		return;
	viewer_daemons_tell(viewer);
	send_settings(viewer);
}

static void
on_data(const char *table, void *arg)
{
	struct viewer *viewer = arg;

	data_feed_tell(viewer->changes, table);
}

/* --- start and stop */

/* Under systemd there is no goop2 to ask for its status. */
static void
find_supervisor(struct viewer *viewer)
{
	CLEANUP_FREE char *path =
	    xasprintf("%s/goop2.viewerd", viewer->context->run_directory);

	if (access(path, F_OK) == 0)
		viewer->supervisor =
		    bus_connect(viewer->context->bus, "goop2", NULL, NULL);
}

int
viewer_open(struct daemon_context *context)
{
	static const struct settings_listener listener = { on_settings,
		on_writer_lost };
	struct viewer *viewer = xzalloc(sizeof(*viewer));
	int rc;

	context->state = viewer;
	viewer->context = context;
	/* First, so that the child that writes goop.json inherits little. */
	rc = settings_open(context->dirfd, context->base, &listener, viewer,
	    &viewer->settings);
	if (rc == 0)
		rc = local_users_open(
		    &context->config->allow_users, &viewer->local_users);
	if (rc == 0)
		rc = viewer_listen_open(context->config->http_addr,
		    context->run_directory, &viewer->origin);
	if (rc == 0)
		find_supervisor(viewer);
	return rc;
}

static int
serve_http(struct viewer *viewer)
{
	struct http_limits limits = http_limits_default;
	int i, rc = 0;

	limits.body_bytes = GOOP_DATA_REQUEST_MAX;
	viewer->http = http_server_new(
	    viewer->context->base, &limits, router_handle, viewer);
	for (i = 0; i < OWN_ORIGIN_SOCKETS && rc == 0; i++) {
		if (viewer->origin.sockets[i] != -1)
			rc = http_server_take_listener(
			    viewer->http, viewer->origin.sockets[i]);
	}
	return rc;
}

int
viewer_start(struct daemon_context *context)
{
	bool hosts = context->config->rendezvous_host;
	const char *relay =
	    context->config->relay_port != 0 ? "goop-relayd" : NULL;
	/* goop2 first, to be skipped under systemd. */
	const char *const programs[] = { "goop2", "goopd", "goop-discoveryd",
		"goop-viewerd", hosts ? "goop-rendezvousd" : NULL,
		hosts ? relay : NULL, NULL };
	static const struct goopd_listener listener = { on_identity, on_state,
		on_data };
	struct viewer *viewer = context->state;
	int rc;

	viewer->peers = peer_feed_new(
	    context->bus, context->base, VIEWER_PEER_READERS, on_state, viewer);
	viewer->changes = data_feed_new(context->base, VIEWER_DATA_READERS);
	viewer->goopd = goopd_client_new(context->bus, &listener, viewer);
	viewer->logs = log_feed_new(context->bus, context->base,
	    viewer->supervisor != NULL ? programs : programs + 1,
	    VIEWER_LOG_READERS);
	viewer->transfers = site_transfers_new(context->base, viewer->goopd,
	    context->run_directory, VIEWER_TRANSFERS);
	viewer->data = data_client_new(context->base, viewer->goopd,
	    context->run_directory, VIEWER_QUERIES);
	viewer->exports = data_exports_new(viewer->data, VIEWER_EXPORTS);
	rc = serve_http(viewer);
	if (rc < 0) {
		log_error("viewer cannot serve");
		return rc;
	}
	log_info("viewer serves url=%s", viewer->origin.url);
	daemon_set_status(context, "%s", viewer->origin.url);
	return 0;
}

void
viewer_stop(struct daemon_context *context)
{
	struct viewer *viewer = context->state;

	site_transfers_free(viewer->transfers);
	http_server_free(viewer->http);
	data_exports_free(viewer->exports);
	data_client_free(viewer->data);
	data_feed_free(viewer->changes);
	peer_feed_free(viewer->peers);
	log_feed_free(viewer->logs);
	goopd_client_free(viewer->goopd);
	bus_client_free(viewer->supervisor);
	settings_free(viewer->settings);
	local_users_free(viewer->local_users);
	free(viewer);
	daemon_stopped(context);
}
