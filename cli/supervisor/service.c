#include "cli/supervisor/service.h"

#include <stdio.h>
#include <string.h>

const char *
service_state_name(enum service_state state)
{
	static const char *const names[] = {
#define SERVICE_STATE_TEXT(name, text) [SERVICE_##name] = text,
		SERVICE_STATES(SERVICE_STATE_TEXT)
	};

	return names[state];
}

void
service_init(struct service *service, const char *name, int64_t watchdog_ms,
    int64_t first_delay_ms)
{
	*service = (struct service){ .name = name,
		.state = SERVICE_STOPPED,
		.deadline = MONOTIME_NEVER,
		.watchdog_ms = watchdog_ms };
	restart_init(&service->restart, first_delay_ms);
}

/* The only assignment of a state; after_ms < 0: no deadline. */
static void
service_enter(struct service *service, enum service_state state,
    int64_t after_ms, struct monotime now)
{
	service->state = state;
	service->deadline =
	    after_ms < 0 ? MONOTIME_NEVER : monotime_add_ms(now, after_ms);
}

enum service_action
service_start(struct service *service, struct monotime now)
{
	switch (service->state) {
	case SERVICE_FAILED: /* by hand: its deaths are forgotten */
		restart_init(&service->restart, service->restart.first_ms);
		/* FALLTHROUGH */
	case SERVICE_STOPPED:
	case SERVICE_WAITING:
		service_enter(service, SERVICE_STARTING, SERVICE_READY_MS, now);
		return SERVICE_SPAWN;
	case SERVICE_STOPPING:
		service->again = true;
		break;
	case SERVICE_HUNG: /* starts again as every dead one does */
	case SERVICE_STARTING:
	case SERVICE_READY:
		break;
	}
	return SERVICE_NOTHING;
}

enum service_action
service_stop(struct service *service, struct monotime now)
{
	service->again = false;
	switch (service->state) {
	case SERVICE_STARTING:
	case SERVICE_READY:
		service_enter(service, SERVICE_STOPPING, SERVICE_STOP_MS, now);
		return SERVICE_TERM;
	case SERVICE_WAITING:
		service_enter(service, SERVICE_STOPPED, -1, now);
		break;
	case SERVICE_HUNG: /* its end is ordered; it just stays ended */
		service_enter(service, SERVICE_STOPPING, SERVICE_ABORT_MS, now);
		break;
	case SERVICE_STOPPED:
	case SERVICE_STOPPING:
	case SERVICE_FAILED:
		break;
	}
	return SERVICE_NOTHING;
}

enum service_action
service_restart(struct service *service, struct monotime now)
{
	enum service_action action;

	if (service->pid == 0)
		return service_start(service, now);
	action = service_stop(service, now);
	service->again = true;
	return action;
}

void
service_spawned(struct service *service, pid_t pid, struct monotime now)
{
	service->pid = pid;
	service->started = now;
	service->was_hung = false;
	service->status[0] = '\0';
}

void
service_heard_ready(struct service *service, struct monotime now)
{
	if (service->state == SERVICE_STARTING)
		service_enter(
		    service, SERVICE_READY, service->watchdog_ms, now);
}

void
service_heard_watchdog(struct service *service, struct monotime now)
{
	if (service->state == SERVICE_READY)
		service->deadline = monotime_add_ms(now, service->watchdog_ms);
}

/* It died on its own, because it hung, or it was killed from outside. */
static void
service_mourn(
    struct service *service, enum service_death death, struct monotime now)
{
	int64_t lived_ms = monotime_since_ms(now, service->started);

	if (death == SERVICE_KILLED && service->state == SERVICE_READY)
		service->delay_ms = service->restart.first_ms;
	else
		service->delay_ms =
		    restart_after_death(&service->restart, lived_ms, now);
	if (death == SERVICE_REFUSED || service->delay_ms == RESTART_GIVE_UP)
		service_enter(service, SERVICE_FAILED, -1, now);
	else
		service_enter(service, SERVICE_WAITING, service->delay_ms, now);
}

enum service_action
service_died(struct service *service, enum service_death death, const char *how,
    struct monotime now)
{
	snprintf(service->last_exit, sizeof(service->last_exit), "%s%s",
	    service->was_hung ? "watchdog: " : "", how);
	service->pid = 0;
	if (service->state != SERVICE_STOPPING) {
		service_mourn(service, death, now);
		return SERVICE_NOTHING;
	}
	service_enter(service, SERVICE_STOPPED, -1, now);
	if (!service->again)
		return SERVICE_NOTHING;
	service->again = false;
	service->restarts++;
	return service_start(service, now);
}

enum service_action
service_tick(struct service *service, struct monotime now)
{
	if (!monotime_reached(now, service->deadline))
		return SERVICE_NOTHING;
	switch (service->state) {
	case SERVICE_STARTING:
	case SERVICE_READY:
		service->was_hung = true;
		service_enter(service, SERVICE_HUNG, SERVICE_ABORT_MS, now);
		return SERVICE_ABORT;
	case SERVICE_STOPPING:
	case SERVICE_HUNG:
		service->deadline = monotime_add_ms(now, SERVICE_ABORT_MS);
		return SERVICE_KILL;
	case SERVICE_WAITING:
		service->restarts++;
		return service_start(service, now);
	case SERVICE_STOPPED:
	case SERVICE_FAILED:
		break;
	}
	return SERVICE_NOTHING;
}

void
service_forgive(struct service *service, struct monotime now)
{
	if (service->state == SERVICE_READY)
		service->deadline = monotime_add_ms(now, service->watchdog_ms);
	if (service->state == SERVICE_STARTING)
		service->deadline = monotime_add_ms(now, SERVICE_READY_MS);
}
