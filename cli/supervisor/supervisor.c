#include "cli/supervisor/supervisor.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/supervisor/spawn.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/daemon/daemon.h"
#include "common/daemon/notify.h"

enum {
	SUPERVISOR_LATE_MS = 2000,  /* so late: we did not run for a while */
	SUPERVISOR_SECOND_MS = 300, /* sooner, it is the same order twice */
};

/* Not monotime_now(): a laptop that slept must not find its daemons hung. */
struct monotime
supervisor_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (struct monotime){ (int64_t)now.tv_sec * 1000000 +
				  now.tv_nsec / 1000 };
}

static void supervisor_obey(
    struct supervisor *, struct service *, enum service_action);

void
supervisor_settle(struct supervisor *supervisor)
{
	struct monotime next = MONOTIME_NEVER, now = supervisor_now();
	struct timeval delay;
	size_t i;

	supervisor_bus_notice(supervisor);
	for (i = 0; i < supervisor->count; i++)
		next = monotime_min(next, supervisor->services[i].deadline);
	supervisor->armed = next;
	if (next.us == MONOTIME_NEVER.us) {
		event_del(supervisor->on_deadline);
		return;
	}
	delay = timeval_until(next, now);
	event_add(supervisor->on_deadline, &delay);
}

struct service *
supervisor_find(struct supervisor *supervisor, const char *name)
{
	size_t i;

	for (i = 0; i < supervisor->count; i++)
		if (!strcmp(supervisor->services[i].name, name))
			return &supervisor->services[i];
	return NULL;
}

/* --- life and death */

static void
supervisor_spawn(struct supervisor *supervisor, struct service *service)
{
	char *program = xasprintf(
	    "%s/%s", supervisor->plan->program_directory, service->name);
	struct spawn spawn = { .program = program,
		.directory = supervisor->plan->directory,
		.notify_socket = supervisor->notify_path,
		.watchdog_ms = service->watchdog_ms,
		.lock = supervisor->plan->lock };
	struct monotime now = supervisor_now();
	pid_t pid;

	pid = spawn_daemon(&spawn);
	free(program);
	service_spawned(service, pid > 0 ? pid : 0, now);
	if (pid > 0)
		return;
	log_error("cannot start %s: %s", service->name, strerror(-pid));
	supervisor_obey(supervisor, service,
	    service_died(service, SERVICE_CRASHED, strerror(-pid), now));
}

/* The daemon and what it started: it leads a process group of its own. */
static void
supervisor_signal(const struct service *service, int number)
{
	kill(number == SIGKILL ? -service->pid : service->pid, number);
}

static void
supervisor_obey(struct supervisor *supervisor, struct service *service,
    enum service_action action)
{
	switch (action) {
	case SERVICE_NOTHING:
		break;
	case SERVICE_SPAWN:
		supervisor_spawn(supervisor, service);
		break;
	case SERVICE_TERM:
		supervisor_signal(service, SIGTERM);
		break;
	case SERVICE_ABORT:
		log_error("%s does not answer: killed by the watchdog "
			  "pid=%d",
		    service->name, (int)service->pid);
		supervisor_signal(service, SIGABRT);
		break;
	case SERVICE_KILL:
		supervisor_signal(service, SIGKILL);
		break;
	}
}

/* The lowest rank of those that run; INT_MAX when none does. */
static int
supervisor_stop_rank(const struct supervisor *supervisor)
{
	int rank, lowest = INT_MAX;
	size_t i;

	for (i = 0; i < supervisor->count; i++) {
		rank = daemon_plan_stop_rank(supervisor->services[i].name);
		if (supervisor->services[i].pid != 0 && rank < lowest)
			lowest = rank;
	}
	return lowest;
}

/* Stop the next ones of those that still run; leave when none does. */
static void
supervisor_stop_next(struct supervisor *supervisor)
{
	int rank = supervisor_stop_rank(supervisor);
	struct service *service;
	size_t i;

	for (i = 0; i < supervisor->count; i++) {
		service = &supervisor->services[i];
		if (service->pid != 0 &&
		    daemon_plan_stop_rank(service->name) == rank)
			supervisor_obey(supervisor, service,
			    service_stop(service, supervisor_now()));
	}
	if (rank == INT_MAX)
		event_base_loopbreak(supervisor->base);
}

static void
supervisor_tell_death(const struct supervisor *supervisor,
    const struct service *service, bool was_ordered, bool is_config)
{
	const char *how = service->last_exit;

	if (was_ordered)
		log_info("%s stopped: %s", service->name, how);
	else if (service->state == SERVICE_WAITING)
		log_warn("%s died: %s; starting again in %lld.%lld s",
		    service->name, how, (long long)service->delay_ms / 1000,
		    (long long)service->delay_ms % 1000 / 100);
	else if (is_config)
		log_error("%s ended: %s; not started again until that is "
			  "mended, see its last lines above",
		    service->name, how);
	else
		log_error(
		    "%s failed: %s; it died %d times in a short while and "
		    "is left alone: goop2 restart %s %s tries again",
		    service->name, how, RESTART_DEATHS,
		    supervisor->plan->directory, service->name);
}

static enum service_death
supervisor_death_of(const siginfo_t *info)
{
	if (obituary_is_exit(info, DAEMON_EXIT_CONFIG))
		return SERVICE_REFUSED;
	/* Faults of its own have other signals. */
	return info->si_code == CLD_KILLED && info->si_status == SIGKILL
		   ? SERVICE_KILLED
		   : SERVICE_CRASHED;
}

static void
supervisor_bury(struct supervisor *supervisor, struct service *service,
    const siginfo_t *info)
{
	enum service_death death = supervisor_death_of(info);
	bool is_config = death == SERVICE_REFUSED;
	bool was_ordered = service->state == SERVICE_STOPPING;
	char how[OBITUARY_SIZE];
	enum service_action action;

	obituary_write(info, how);
	action = service_died(service, death, how, supervisor_now());
	supervisor_tell_death(supervisor, service, was_ordered, is_config);
	if (!strcmp(service->name, DAEMON_PLAN_VIEWER))
		supervisor->viewer_url[0] = '\0';
	supervisor_obey(supervisor, service, action);
	if (is_config && service == &supervisor->services[0])
		supervisor->exit_status = DAEMON_EXIT_CONFIG;
	if (supervisor->is_stopping)
		supervisor_stop_next(supervisor);
	else if (supervisor->exit_status != 0)
		supervisor_stop(supervisor);
	else if (!supervisor->is_announced)
		supervisor_announce(supervisor);
}

void
supervisor_on_child(evutil_socket_t number, short what, void *arg)
{
	struct supervisor *supervisor = arg;
	struct service *service;
	siginfo_t info;
	size_t i;

	(void)number;
	(void)what;
	for (i = 0; i < supervisor->count; i++) {
		service = &supervisor->services[i];
		info.si_pid = 0;
		if (service->pid == 0 ||
		    waitid(P_PID, (id_t)service->pid, &info,
			WEXITED | WNOHANG | WNOWAIT) == -1 ||
		    info.si_pid == 0)
			continue;
		/* While it is not reaped its group is surely its own: end
		 * what it left behind. */
		supervisor_signal(service, SIGKILL);
		waitid(P_PID, (id_t)service->pid, &info, WEXITED | WNOHANG);
		supervisor_bury(supervisor, service, &info);
	}
	supervisor_settle(supervisor);
}

void
supervisor_on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *supervisor = arg;
	struct monotime now = supervisor_now();
	size_t i;

	(void)fd;
	(void)what;
	/* Signs of life that wait in the socket count before we judge. */
	supervisor_hear(supervisor);
	if (monotime_since_ms(now, supervisor->armed) > SUPERVISOR_LATE_MS)
		for (i = 0; i < supervisor->count; i++)
			service_forgive(&supervisor->services[i], now);
	for (i = 0; i < supervisor->count; i++)
		supervisor_obey(supervisor, &supervisor->services[i],
		    service_tick(&supervisor->services[i], now));
	supervisor_settle(supervisor);
}

/* --- orders */

void
supervisor_start(struct supervisor *supervisor)
{
	struct service *service;
	size_t i;

	for (i = 0; i < supervisor->count; i++) {
		service = &supervisor->services[i];
		log_info("starting %s", service->name);
		supervisor_obey(supervisor, service,
		    service_start(service, supervisor_now()));
	}
	supervisor_settle(supervisor);
}

void
supervisor_restart_service(
    struct supervisor *supervisor, struct service *service)
{
	log_info("restarting %s as ordered", service->name);
	supervisor_obey(
	    supervisor, service, service_restart(service, supervisor_now()));
	supervisor_settle(supervisor);
}

static void
supervisor_stop_at_once(struct supervisor *supervisor)
{
	struct service *service;
	size_t i;

	log_warn("stopping at once");
	for (i = 0; i < supervisor->count; i++) {
		service = &supervisor->services[i];
		service_stop(service, supervisor_now());
		if (service->pid != 0)
			supervisor_signal(service, SIGKILL);
	}
}

static void
supervisor_stop_in_order(struct supervisor *supervisor)
{
	struct service *service;
	size_t i;

	log_info("stopping");
	notify_stopping();
	supervisor->is_stopping = true;
	supervisor->stop_began = supervisor_now();
	/* None may come to life again while the others are being stopped. */
	for (i = 0; i < supervisor->count; i++) {
		service = &supervisor->services[i];
		if (service->pid == 0 || service->state == SERVICE_STOPPING)
			service_stop(service, supervisor_now());
	}
	supervisor_stop_next(supervisor);
}

void
supervisor_stop(struct supervisor *supervisor)
{
	int64_t since_ms;

	if (!supervisor->is_stopping) {
		supervisor_stop_in_order(supervisor);
	} else {
		/* timeout(1) sends its signal twice; nobody means that. */
		since_ms =
		    monotime_since_ms(supervisor_now(), supervisor->stop_began);
		if (since_ms >= SUPERVISOR_SECOND_MS)
			supervisor_stop_at_once(supervisor);
	}
	supervisor_settle(supervisor);
}
