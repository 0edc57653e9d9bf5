/* What the supervisor answers to the command line and to the viewer. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/supervisor/process_memory.h"
#include "cli/peer/server_url.h"
#include "cli/supervisor/supervisor.h"
#include "common/base/xalloc.h"
#include "common/bus/daemon_bus.h"

static void
fill_daemon_row(const struct service *service, struct daemon_row *row)
{
	row->name = xstrdup(service->name);
	row->state = xstrdup(service_state_name(service->state));
	row->pid = service->pid;
	if (service->pid != 0) {
		row->uptime_ms =
		    monotime_since_ms(supervisor_now(), service->started);
		row->memory_kib = process_memory_kib(service->pid);
	}
	row->restarts = service->restarts;
	if (service->last_exit[0] != '\0')
		row->last_exit = xstrdup(service->last_exit);
	if (service->pid != 0 && service->status[0] != '\0')
		row->status = xstrdup(service->status);
}

void
handle_supervisor_status(struct supervisor_status_call call,
    const struct nothing *request, void *arg)
{
	const struct supervisor *supervisor = arg;
	struct supervisor_status status = { 0 };
	char url[SERVER_URL_SIZE];
	struct daemon_row *rows;
	size_t i;

	(void)request;
	rows = xzalloc(supervisor->count * sizeof(*rows));
	for (i = 0; i < supervisor->count; i++)
		fill_daemon_row(&supervisor->services[i], &rows[i]);
	status.directory = xstrdup(supervisor->plan->directory);
	if (supervisor->viewer_url[0] != '\0')
		status.viewer_url = xstrdup(supervisor->viewer_url);
	if (daemon_plan_has(&supervisor->plan->daemons, DAEMON_PLAN_SERVER)) {
		server_url_print(supervisor->plan->config, url);
		status.server_url = xstrdup(url);
	}
	status.pid = getpid();
	status.memory_kib = process_own_kib(getpid());
	status.daemons = (struct records){ rows, supervisor->count };
	reply_supervisor_status(call, &status);
	message_fini(&supervisor_status_message, &status);
}

static struct supervisor_waiter *
find_free_waiter(struct supervisor *supervisor)
{
	size_t i;

	for (i = 0; i < SUPERVISOR_WAITERS; i++)
		if (supervisor->waiters[i].call.bus == NULL)
			return &supervisor->waiters[i];
	return NULL;
}

void
handle_supervisor_restart(struct supervisor_restart_call call,
    const struct daemon_ref *ref, void *arg)
{
	struct supervisor *supervisor = arg;
	struct supervisor_waiter *waiter = find_free_waiter(supervisor);
	size_t i;

	if (supervisor->is_stopping || waiter == NULL) {
		bus_fail(call.bus, BUS_BUSY,
		    supervisor->is_stopping ? "the peer is stopping"
					    : "too many restarts at once");
		return;
	}
	if (ref->name != NULL &&
	    supervisor_find(supervisor, ref->name) == NULL) {
		bus_fail(call.bus, BUS_NOT_FOUND,
		    "there is no daemon %s here: goop2 status lists them",
		    ref->name);
		return;
	}
	for (i = 0; i < supervisor->count; i++) {
		waiter->waits_for[i] =
		    ref->name == NULL ||
		    !strcmp(ref->name, supervisor->services[i].name);
		if (waiter->waits_for[i])
			supervisor_restart_service(
			    supervisor, &supervisor->services[i]);
	}
	waiter->call = call;
	supervisor_bus_notice(supervisor);
}

void
handle_supervisor_stop(
    struct supervisor_stop_call call, const struct nothing *request, void *arg)
{
	struct supervisor *supervisor = arg;

	(void)request;
	reply_supervisor_stop(call, NOTHING);
	if (!supervisor->is_stopping)
		supervisor_stop(supervisor);
}

const struct bus_handler supervisor_handlers[] = BUS_HANDLERS(SUPERVISOR_OPS);

/* Is the restart over? Answers, and frees the waiter, if it is. */
static void
waiter_notice(struct supervisor *supervisor, struct supervisor_waiter *waiter)
{
	const struct service *service;
	size_t i, waiting = 0;

	for (i = 0; i < supervisor->count; i++) {
		service = &supervisor->services[i];
		if (!waiter->waits_for[i])
			continue;
		if (service->state == SERVICE_READY) {
			waiter->waits_for[i] = false;
		} else if (service->pid != 0) {
			waiting++;
		} else {
			bus_fail(waiter->call.bus, BUS_INTERNAL,
			    "%s did not come up: %s", service->name,
			    service->last_exit);
			waiter->call.bus = NULL;
			return;
		}
	}
	if (waiting > 0)
		return;
	reply_supervisor_restart(waiter->call, NOTHING);
	waiter->call.bus = NULL;
}

void
supervisor_bus_notice(struct supervisor *supervisor)
{
	struct supervisor_waiter *waiter;
	size_t i;

	for (i = 0; i < SUPERVISOR_WAITERS; i++) {
		waiter = &supervisor->waiters[i];
		if (waiter->call.bus != NULL)
			waiter_notice(supervisor, waiter);
	}
}
