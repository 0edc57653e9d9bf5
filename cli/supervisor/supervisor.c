#include "cli/supervisor/supervisor.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/peer/server_url.h"
#include "cli/peer/viewer_url.h"
#include "cli/supervisor/notify_listener.h"
#include "cli/supervisor/process_memory.h"
#include "cli/supervisor/service.h"
#include "cli/supervisor/spawn.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/bus/bus.h"
#include "common/bus/daemon_bus.h"
#include "common/bus/supervisor_bus.h"
#include "common/daemon/daemon.h"
#include "common/daemon/daemon_log.h"
#include "common/daemon/daemon_status.h"
#include "common/daemon/notify.h"

enum {
	SUPERVISOR_SERVICES = DAEMON_PLAN_MAX,
	SUPERVISOR_SIGNALS = 4,
	SUPERVISOR_WAITERS = 8, /* restart calls that wait for readiness */
	SUPERVISOR_URL_SIZE = 128,
	SUPERVISOR_LATE_MS = 2000,  /* later than this: we were suspended */
	SUPERVISOR_SECOND_MS = 300, /* sooner: the same signal, sent twice */
	SUPERVISOR_NOTIFY_BATCH = 64,
	SUPERVISOR_SETTING_MAX_MS = 3600 * 1000,
};

/* A call that waits until the restart it asked for is over. */
struct supervisor_waiter {
	struct supervisor_restart_call call; /* NULL: unused */
	bool waits_for[SUPERVISOR_SERVICES];
};

struct supervisor {
	struct event_base *base;
	struct bus *bus;
	struct bus_server *server;
	const struct supervisor_plan *plan; /* borrowed */
	char *notify_path;
	int notify_fd;
	struct event *on_notify;
	struct event *on_deadline;
	struct event *on_watchdog; /* of the service manager above us */
	struct event *signals[SUPERVISOR_SIGNALS];
	struct monotime armed; /* when on_deadline is due */
	struct service services[SUPERVISOR_SERVICES]; /* in order of start */
	size_t count;
	struct supervisor_waiter waiters[SUPERVISOR_WAITERS];
	char viewer_url[SUPERVISOR_URL_SIZE];
	char announced_url[SUPERVISOR_URL_SIZE];
	bool is_announced;
	bool is_stopping;
	struct monotime stop_began;
	int exit_status;
};

/* Not monotime_now(), which counts the time that a laptop was asleep: its
 * daemons would be killed as hung. */
static struct monotime
supervisor_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (struct monotime){ (int64_t)now.tv_sec * 1000000 +
				  now.tv_nsec / 1000 };
}

static struct service *
supervisor_find(struct supervisor *supervisor, const char *name)
{
	size_t i;

	for (i = 0; i < supervisor->count; i++)
		if (!strcmp(supervisor->services[i].name, name))
			return &supervisor->services[i];
	return NULL;
}

/* --- what the user and the caller's service manager are told */

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

/* Print the addresses of the rendezvous server; is_alone: without a peer. */
static void
supervisor_print_server(const struct config *config, bool is_alone)
{
	char url[SERVER_URL_SIZE];

	server_url_print(config, url);
	printf("%s %s%s%s\n", is_alone ? "Open" : "Rendezvous server", url,
	    config->external_url[0] != '\0' ? " - from other machines " : "",
	    config->external_url);
	if (server_url_has_admin(config))
		printf("Its admin page: %sadmin (user: admin)\n", url);
	else
		printf("It has no admin page: to have one, set "
		       "presence.admin_password_hash to what goop2 "
		       "hash-password prints\n");
	if (server_url_is_local(config) && config->external_url[0] == '\0')
		printf("Only this machine can reach it: set "
		       "presence.rendezvous_bind to 0.0.0.0, or\n"
		       "presence.external_url to the URL of a proxy in front "
		       "of it, such as Caddy\n");
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
		printf("The rendezvous server is not running: see above\n");
	fflush(stdout);
}

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
	if (supervisor->services[0].state == SERVICE_READY)
		notify_ready();
	supervisor_print_places(supervisor);
	supervisor->is_announced = true;
}

/* --- deadlines, and calls that wait for a restart */

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
			    "%s did not start: %s", service->name,
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

static void
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

/* Every event ends here: answer calls that wait, arm the next deadline. */
static void
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

/* --- life and death */

static void supervisor_obey(
    struct supervisor *, struct service *, enum service_action);

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

/* The lowest rank of the running daemons; INT_MAX if there is none. */
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

/* Stop the next rank of running daemons; leave the loop when there is none. */
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
		log_warn("%s died: %s; restarting in %lld.%lld s",
		    service->name, how, (long long)service->delay_ms / 1000,
		    (long long)service->delay_ms % 1000 / 100);
	else if (is_config)
		log_error("%s ended: %s; not restarted until that is fixed, "
			  "see its last lines above",
		    service->name, how);
	else
		log_error("%s failed: %s; it died %d times in a short time and "
			  "is not restarted: goop2 restart %s %s tries again",
		    service->name, how, RESTART_DEATHS,
		    supervisor->plan->directory, service->name);
}

static enum service_death
supervisor_death_of(const siginfo_t *info)
{
	if (obituary_is_exit(info, DAEMON_EXIT_CONFIG))
		return SERVICE_REFUSED;
	/* A daemon's own faults end it with other signals. */
	return info->si_code == CLD_KILLED && info->si_status == SIGKILL
		   ? SERVICE_KILLED
		   : SERVICE_CRASHED;
}

/* --- orders */

static void
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

static void
supervisor_restart_service(
    struct supervisor *supervisor, struct service *service)
{
	log_info("restarting %s on request", service->name);
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
	/* None may restart while the others are being stopped. */
	for (i = 0; i < supervisor->count; i++) {
		service = &supervisor->services[i];
		if (service->pid == 0 || service->state == SERVICE_STOPPING)
			service_stop(service, supervisor_now());
	}
	supervisor_stop_next(supervisor);
}

static void
supervisor_stop(struct supervisor *supervisor)
{
	int64_t since_ms;

	if (!supervisor->is_stopping) {
		supervisor_stop_in_order(supervisor);
	} else {
		/* timeout(1) sends its signal twice, which is not a second
		 * order. */
		since_ms =
		    monotime_since_ms(supervisor_now(), supervisor->stop_began);
		if (since_ms >= SUPERVISOR_SECOND_MS)
			supervisor_stop_at_once(supervisor);
	}
	supervisor_settle(supervisor);
}

/* --- what the daemons report */

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
		return; /* not one of our daemons, or one that has ended */
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

static void
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

static void
supervisor_on_notify(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	supervisor_hear(arg);
	supervisor_settle(arg);
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

static void
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
		/* Until it is reaped, its process group cannot be another one:
		 * kill its leftover children. */
		supervisor_signal(service, SIGKILL);
		waitid(P_PID, (id_t)service->pid, &info, WEXITED | WNOHANG);
		supervisor_bury(supervisor, service, &info);
	}
	supervisor_settle(supervisor);
}

static void
supervisor_on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *supervisor = arg;
	struct monotime now = supervisor_now();
	size_t i;

	(void)fd;
	(void)what;
	/* First read the signs of life that wait in the socket. */
	supervisor_hear(supervisor);
	if (monotime_since_ms(now, supervisor->armed) > SUPERVISOR_LATE_MS)
		for (i = 0; i < supervisor->count; i++)
			service_forgive(&supervisor->services[i], now);
	for (i = 0; i < supervisor->count; i++)
		supervisor_obey(supervisor, &supervisor->services[i],
		    service_tick(&supervisor->services[i], now));
	supervisor_settle(supervisor);
}

/* --- the operations on the bus; arg is the supervisor */

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
		    "no daemon %s runs here: goop2 status lists them",
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

static const struct bus_handler supervisor_handlers[] =
    BUS_HANDLERS(SUPERVISOR_OPS);

/* --- beginning and end */

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
		/* nohup(1): an ignored SIGHUP stays ignored. */
		if (sigaction(stop_signals[i], NULL, &now) == 0 &&
		    now.sa_handler == SIG_IGN)
			continue;
		supervisor->signals[i + 1] = evsignal_new(supervisor->base,
		    stop_signals[i], supervisor_on_signal, supervisor);
		event_add(supervisor->signals[i + 1], NULL);
	}
}

/* The service manager above us may have a watchdog, too. */
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
	    FROM_GOOP2, &supervisor->bus);
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
