#include "cli/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/spawn.h"
#include "cli/viewer_url.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/daemon/daemon.h"
#include "common/daemon/notify.h"

enum {
	SUPERVISOR_LATE_MS = 2000, /* so late: we did not run for a while */
	SUPERVISOR_NOTIFY_BATCH = 64,
};

static const char *const stop_order[] = { "goop-discoveryd", "goop-viewerd",
	"goopd" };
static const char key_holder[] = "goopd";
static const char viewer[] = "goop-viewerd";

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

/* Every event ends here: answer who waits, and arm the next deadline. */
static void
supervisor_settle(struct supervisor *supervisor)
{
	struct monotime next = MONOTIME_NEVER, now = supervisor_now();
	struct timeval delay;
	int64_t delay_us;
	size_t i;

	supervisor_bus_notice(supervisor);
	for (i = 0; i < supervisor->count; i++)
		next = monotime_min(next, supervisor->services[i].deadline);
	supervisor->armed = next;
	if (next.us == MONOTIME_NEVER.us) {
		event_del(supervisor->on_deadline);
		return;
	}
	delay_us = next.us > now.us ? next.us - now.us : 0;
	delay.tv_sec = delay_us / 1000000;
	delay.tv_usec = delay_us % 1000000;
	event_add(supervisor->on_deadline, &delay);
}

/* --- readiness */

struct service *
supervisor_find(struct supervisor *supervisor, const char *name)
{
	size_t i;

	for (i = 0; i < supervisor->count; i++)
		if (!strcmp(supervisor->services[i].name, name))
			return &supervisor->services[i];
	return NULL;
}

static void
supervisor_print_url(struct supervisor *supervisor)
{
	printf("Open %s\n", supervisor->viewer_url);
	fflush(stdout);
	notify_status("%s", supervisor->viewer_url);
	memcpy(supervisor->announced_url, supervisor->viewer_url,
	    SUPERVISOR_URL_SIZE);
}

/* Once all daemons came up, or are known not to: say where to look. */
static void
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
	if (supervisor_find(supervisor, key_holder)->state == SERVICE_READY)
		notify_ready();
	if (supervisor->viewer_url[0] != '\0') {
		supervisor_print_url(supervisor);
	} else {
		printf("Running without a viewer%s\n",
		    supervisor_find(supervisor, viewer) == NULL
			? " (viewer.http_addr is empty)"
			: "");
		fflush(stdout);
	}
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
	else if (!strcmp(service->name, viewer) &&
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
		if (!strcmp(service->name, viewer))
			viewer_url_find(service->status, supervisor->viewer_url,
			    SUPERVISOR_URL_SIZE);
	}
	if (news->is_ready)
		supervisor_on_ready(supervisor, service);
	if (news->is_alive)
		service_heard_watchdog(service, supervisor_now());
}

void
supervisor_on_notify(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *supervisor = arg;
	struct notify_news news;
	pid_t pid;
	int n;

	(void)what;
	for (n = 0; n < SUPERVISOR_NOTIFY_BATCH &&
		    notify_listener_receive(fd, &pid, &news) == 1;
	     n++)
		supervisor_on_news(supervisor, pid, &news);
	supervisor_settle(supervisor);
}

/* --- life and death */

static void
supervisor_spawn(struct supervisor *supervisor, struct service *service)
{
	char *program =
	    xasprintf("%s/%s", supervisor->program_directory, service->name);
	struct spawn spawn = { .program = program,
		.directory = supervisor->directory,
		.notify_socket = supervisor->notify_path,
		.watchdog_ms = service->watchdog_ms,
		.lock = supervisor->lock };
	struct monotime now = supervisor_now();
	pid_t pid;

	pid = spawn_daemon(&spawn);
	free(program);
	service_spawned(service, pid > 0 ? pid : 0, now);
	if (pid > 0)
		return;
	log_error("cannot start %s: %s", service->name, strerror(-pid));
	supervisor_obey(supervisor, service,
	    service_died(service, strerror(-pid), true, now));
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

/* Stop the first that still runs; leave when none does. */
static void
supervisor_stop_next(struct supervisor *supervisor)
{
	struct service *service;
	size_t i;

	for (i = 0; i < SUPERVISOR_SERVICES; i++) {
		service = supervisor_find(supervisor, stop_order[i]);
		if (service == NULL)
			continue;
		supervisor_obey(supervisor, service,
		    service_stop(service, supervisor_now()));
		if (service->pid != 0)
			return;
	}
	event_base_loopbreak(supervisor->base);
}

static void
supervisor_tell_death(
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
		log_error("%s failed: %s; it died %d times in a short while "
			  "and is left alone, `goop2 restart %s` tries again",
		    service->name, how, RESTART_DEATHS, service->name);
}

static void
supervisor_bury(struct supervisor *supervisor, struct service *service,
    const siginfo_t *info)
{
	bool is_config = obituary_is_exit(info, DAEMON_EXIT_CONFIG);
	bool was_ordered = service->state == SERVICE_STOPPING;
	char how[OBITUARY_SIZE];
	enum service_action action;

	obituary_write(info, how);
	action = service_died(service, how, !is_config, supervisor_now());
	supervisor_tell_death(service, was_ordered, is_config);
	if (!strcmp(service->name, viewer))
		supervisor->viewer_url[0] = '\0';
	supervisor_obey(supervisor, service, action);
	if (is_config && !strcmp(service->name, key_holder))
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

void
supervisor_stop(struct supervisor *supervisor)
{
	size_t i;

	if (supervisor->is_stopping) {
		log_warn("stopping at once");
		for (i = 0; i < supervisor->count; i++)
			if (supervisor->services[i].pid != 0)
				supervisor_signal(
				    &supervisor->services[i], SIGKILL);
		return;
	}
	log_info("stopping");
	notify_stopping();
	supervisor->is_stopping = true;
	/* None may come to life again while the others are being stopped. */
	for (i = 0; i < supervisor->count; i++)
		if (supervisor->services[i].pid == 0 ||
		    supervisor->services[i].state == SERVICE_STOPPING)
			service_stop(
			    &supervisor->services[i], supervisor_now());
	supervisor_stop_next(supervisor);
	supervisor_settle(supervisor);
}
