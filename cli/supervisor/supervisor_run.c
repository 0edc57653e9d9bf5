/* The supervisor's beginning and end. */
#include "cli/supervisor/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/daemon/daemon_log.h"
#include "common/daemon/daemon_status.h"
#include "common/daemon/notify.h"

enum { SUPERVISOR_SETTING_MAX_MS = 3600 * 1000 };

static void
supervisor_on_signal(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	supervisor_stop(arg);
}

static void
supervisor_on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	notify_watchdog();
}

/* A time from the environment, for tests (goop2(1), "ENVIRONMENT"). */
static int64_t
supervisor_setting_ms(const char *name, int64_t otherwise)
{
	const char *text = getenv(name);
	uint64_t value;

	if (text == NULL)
		return otherwise;
	if (text_parse_u64(bytes_of(text), &value) < 0 || value == 0 ||
	    value > SUPERVISOR_SETTING_MAX_MS) {
		log_warn("%s is not a number of milliseconds: %s", name, text);
		return otherwise;
	}
	return (int64_t)value;
}

static void
supervisor_add_services(struct supervisor *supervisor)
{
	int64_t watchdog_ms =
	    supervisor_setting_ms("GOOP_WATCHDOG_MS", SERVICE_WATCHDOG_MS);
	int64_t first_ms =
	    supervisor_setting_ms("GOOP_RESTART_MS", RESTART_FIRST_MS);
	const struct daemon_plan *daemons = &supervisor->plan->daemons;
	size_t i;

	for (i = 0; i < daemons->count; i++)
		service_init(&supervisor->services[i], daemons->names[i],
		    watchdog_ms, first_ms);
	supervisor->count = daemons->count;
}

static void
supervisor_add_signals(struct supervisor *supervisor)
{
	static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction now;
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	supervisor->signals[0] = evsignal_new(
	    supervisor->base, SIGCHLD, supervisor_on_child, supervisor);
	event_add(supervisor->signals[0], NULL);
	for (i = 0; i < sizeof(stop_signals) / sizeof(int); i++) {
		/* nohup(1): who ignores SIGHUP wants us to stay. */
		if (sigaction(stop_signals[i], NULL, &now) == 0 &&
		    now.sa_handler == SIG_IGN)
			continue;
		supervisor->signals[i + 1] = evsignal_new(supervisor->base,
		    stop_signals[i], supervisor_on_signal, supervisor);
		event_add(supervisor->signals[i + 1], NULL);
	}
}

/* Whoever started us may watch us too. */
static void
supervisor_add_watchdog(struct supervisor *supervisor)
{
	int64_t period_ms = notify_watchdog_period_ms();
	struct timeval period = timeval_of_ms(period_ms);

	if (period_ms <= 0)
		return;
	supervisor->on_watchdog = event_new(
	    supervisor->base, -1, EV_PERSIST, supervisor_on_watchdog, NULL);
	event_add(supervisor->on_watchdog, &period);
}

static int
supervisor_open(struct supervisor *supervisor)
{
	int rc;

	supervisor->base = event_base_new();
	if (supervisor->base == NULL)
		return -ENOMEM;
	supervisor->notify_path =
	    xasprintf("%s/notify", supervisor->plan->run_directory);
	supervisor->notify_fd = notify_listener_open(supervisor->notify_path);
	if (supervisor->notify_fd < 0)
		return supervisor->notify_fd;
	rc = bus_new(supervisor->base, supervisor->plan->run_directory,
	    &supervisor->bus);
	if (rc == 0)
		rc = bus_serve(supervisor->bus, "goop2", supervisor_handlers,
		    supervisor, &supervisor->server);
	if (rc < 0)
		return rc;
	daemon_log_publish(supervisor->server);
	supervisor->on_notify =
	    event_new(supervisor->base, supervisor->notify_fd,
		EV_READ | EV_PERSIST, supervisor_on_notify, supervisor);
	event_add(supervisor->on_notify, NULL);
	supervisor->on_deadline = event_new(
	    supervisor->base, -1, 0, supervisor_on_deadline, supervisor);
	supervisor_add_signals(supervisor);
	supervisor_add_watchdog(supervisor);
	return 0;
}

static void
supervisor_event_free(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

static void
supervisor_close(struct supervisor *supervisor)
{
	size_t i;

	for (i = 0; i < SUPERVISOR_SIGNALS; i++)
		supervisor_event_free(supervisor->signals[i]);
	supervisor_event_free(supervisor->on_notify);
	supervisor_event_free(supervisor->on_deadline);
	supervisor_event_free(supervisor->on_watchdog);
	daemon_log_publish(NULL);
	if (supervisor->server != NULL)
		bus_server_free(supervisor->server);
	if (supervisor->bus != NULL)
		bus_free(supervisor->bus);
	if (supervisor->notify_fd >= 0) {
		close(supervisor->notify_fd);
		unlink(supervisor->notify_path);
	}
	if (supervisor->base != NULL)
		event_base_free(supervisor->base);
	free(supervisor->notify_path);
}

int
supervisor_run(const struct supervisor_plan *plan)
{
	struct supervisor supervisor = { .plan = plan, .notify_fd = -1 };
	int rc;

	umask(077);
	notify_open();
	daemon_status_open("goop2");
	supervisor_add_services(&supervisor);
	rc = supervisor_open(&supervisor);
	if (rc < 0) {
		log_error("cannot use the run directory %s: %s",
		    plan->run_directory, strerror(-rc));
		supervisor.exit_status = EXIT_FAILURE;
	} else {
		supervisor_start(&supervisor);
		event_base_dispatch(supervisor.base);
		log_info("stopped");
	}
	supervisor_close(&supervisor);
	return supervisor.exit_status;
}
