/* What the daemons say of themselves, and what we tell the user then. */
#include <stdio.h>
#include <string.h>

#include "cli/peer/server_url.h"
#include "cli/supervisor/supervisor.h"
#include "cli/peer/viewer_url.h"
#include "common/base/log.h"
#include "common/daemon/daemon_status.h"
#include "common/daemon/notify.h"

enum { SUPERVISOR_NOTIFY_BATCH = 64 };

static void
supervisor_print_url(struct supervisor *supervisor)
{
	printf("Open %s\n", supervisor->viewer_url);
	fflush(stdout);
	notify_status("%s", supervisor->viewer_url);
	daemon_status_set(supervisor->viewer_url);
	memcpy(supervisor->announced_url, supervisor->viewer_url,
	    SUPERVISOR_URL_SIZE);
}

/* What the owner of a rendezvous server wants to know; is_alone: no peer runs
 * beside it. */
static void
supervisor_print_server(const struct config *config, bool is_alone)
{
	char url[SERVER_URL_SIZE];

	server_url_print(config, url);
	printf("%s %s%s%s\n", is_alone ? "Open" : "Rendezvous server", url,
	    config->external_url[0] != '\0' ? " - from elsewhere " : "",
	    config->external_url);
	if (server_url_has_admin(config))
		printf(
		    "Its administrator's page: %sadmin (user: admin)\n", url);
	else
		printf("It has no administrator's page: goop2 hash-password "
		       "makes what presence.admin_password_hash wants\n");
	if (server_url_is_local(config) && config->external_url[0] == '\0')
		printf("Only this machine reaches it: set "
		       "presence.rendezvous_bind to 0.0.0.0, or\n"
		       "presence.external_url to the URL of the proxy in front "
		       "of it, like Caddy\n");
	if (is_alone) {
		notify_status("%s", url);
		daemon_status_set(url);
	}
}

static void
supervisor_print_places(struct supervisor *supervisor)
{
	const struct service *server =
	    supervisor_find(supervisor, DAEMON_PLAN_SERVER);
	bool is_alone = server == &supervisor->services[0];

	if (supervisor->viewer_url[0] != '\0')
		supervisor_print_url(supervisor);
	else if (!is_alone)
		printf("Running without a viewer%s\n",
		    supervisor_find(supervisor, DAEMON_PLAN_VIEWER) == NULL
			? " (viewer.http_addr is empty)"
			: "");
	if (server != NULL && server->state == SERVICE_READY)
		supervisor_print_server(supervisor->plan->config, is_alone);
	else if (is_alone)
		printf(
		    "Running, but the rendezvous server is not: see above\n");
	fflush(stdout);
}

void
supervisor_announce(struct supervisor *supervisor)
{
	const struct service *service;
	size_t i;

	for (i = 0; i < supervisor->count; i++) {
		service = &supervisor->services[i];
		if (service->state != SERVICE_READY &&
		    service->state != SERVICE_FAILED)
			return;
	}
	if (supervisor->services[0].state == SERVICE_READY)
		notify_ready();
	supervisor_print_places(supervisor);
	supervisor->is_announced = true;
}

static void
supervisor_on_ready(struct supervisor *supervisor, struct service *service)
{
	if (service->state != SERVICE_STARTING)
		return;
	service_heard_ready(service, supervisor_now());
	log_info("%s ready%s%s", service->name,
	    service->status[0] != '\0' ? ": " : "", service->status);
	if (!supervisor->is_announced)
		supervisor_announce(supervisor);
	else if (!strcmp(service->name, DAEMON_PLAN_VIEWER) &&
		 strcmp(supervisor->viewer_url, supervisor->announced_url) != 0)
		supervisor_print_url(supervisor);
}

static void
supervisor_on_news(
    struct supervisor *supervisor, pid_t pid, const struct notify_news *news)
{
	struct service *service = NULL;
	size_t i;

	for (i = 0; i < supervisor->count && service == NULL; i++)
		if (supervisor->services[i].pid == pid)
			service = &supervisor->services[i];
	if (service == NULL)
		return; /* not a daemon of ours, or one that is gone */
	if (news->has_status) {
		memcpy(service->status, news->status, sizeof(news->status));
		if (!strcmp(service->name, DAEMON_PLAN_VIEWER))
			viewer_url_find(service->status, supervisor->viewer_url,
			    SUPERVISOR_URL_SIZE);
	}
	if (news->is_ready)
		supervisor_on_ready(supervisor, service);
	if (news->is_alive)
		service_heard_watchdog(service, supervisor_now());
}

void
supervisor_hear(struct supervisor *supervisor)
{
	struct notify_news news;
	pid_t pid;
	int n;

	for (n = 0;
	     n < SUPERVISOR_NOTIFY_BATCH &&
	     notify_listener_receive(supervisor->notify_fd, &pid, &news) == 1;
	     n++)
		supervisor_on_news(supervisor, pid, &news);
}

void
supervisor_on_notify(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	supervisor_hear(arg);
	supervisor_settle(arg);
}
