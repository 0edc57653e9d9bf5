#include "common/daemon/daemon_settings.h"

#include <stdlib.h>

#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/config/config_live.h"

static struct {
	struct config *config; /* NULL: not open yet */
	void (*configure)(struct daemon_context *);
} settings_of;

void
daemon_settings_open(
    struct config *config, void (*configure)(struct daemon_context *))
{
	settings_of.config = config;
	settings_of.configure = configure;
}

void
handle_daemon_settings(struct daemon_settings_call call,
    const struct settings_update *settings, void *arg)
{
	struct settings_taken taken;
	CLEANUP_FREE char *why = NULL;

	if (settings_of.config == NULL) {
		bus_fail(call.bus, BUS_BUSY,
		    "settings are taken over by daemons that are ready");
		return;
	}
	if (config_live_take(settings_of.config, settings, &taken, &why) < 0) {
		bus_fail(call.bus, BUS_BAD_REQUEST, "%s", why);
		return;
	}
	if (taken.changed.count > 0) {
		log_info("settings taken over count=%zu first=%s",
		    taken.changed.count, taken.changed.items[0]);
		if (settings_of.configure != NULL)
			settings_of.configure(arg);
	}
	reply_daemon_settings(call, &taken);
	message_fini(&settings_taken_message, &taken);
}

void
daemon_settings_take(const struct settings_update *update)
{
	struct settings_taken taken;
	CLEANUP_FREE char *why = NULL;

	if (config_live_take(settings_of.config, update, &taken, &why) < 0)
		bug("saved settings are wrong: %s", why);
	message_fini(&settings_taken_message, &taken);
}
