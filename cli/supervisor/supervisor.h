/*
 * supervisor: starts, watches, restarts and stops the daemons of one peer
 * directory. The edge of service: signals, processes, the notify socket and
 * the bus. Parses nothing that came from the network.
 */
#ifndef CLI_SUPERVISOR_SUPERVISOR_H
#define CLI_SUPERVISOR_SUPERVISOR_H

#include <event2/event.h>

#include "cli/peer/daemon_plan.h"
#include "cli/supervisor/notify_listener.h"
#include "cli/supervisor/service.h"
#include "common/bus/supervisor_bus.h"

enum {
	SUPERVISOR_SERVICES = DAEMON_PLAN_MAX,
	SUPERVISOR_SIGNALS = 4,
	SUPERVISOR_WAITERS = 8, /* restart calls that wait for readiness */
	SUPERVISOR_URL_SIZE = 128,
};

struct supervisor_plan {
	const char *directory; /* absolute, as the next two */
	const char *run_directory;
	const char *program_directory; /* where the daemons are */
	int lock;
	const struct config *config;
	struct daemon_plan daemons;
};

/* A restart that somebody ordered and waits for. */
struct supervisor_waiter {
	struct supervisor_restart_call call; /* NULL: free */
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
	struct event *on_watchdog; /* of whoever supervises us */
	struct event *signals[SUPERVISOR_SIGNALS];
	struct monotime armed; /* what on_deadline waits for */
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

/* Supervise until told to stop. The exit status of goop2. */
int supervisor_run(const struct supervisor_plan *);

/* --- supervisor_news.c */
void supervisor_on_notify(evutil_socket_t, short what, void *supervisor);

/* Take in what the daemons have said so far. */
void supervisor_hear(struct supervisor *);

/* Once all daemons came up, or are known not to: say where to look. */
void supervisor_announce(struct supervisor *);

/* --- supervisor.c */
void supervisor_on_child(evutil_socket_t, short what, void *supervisor);
void supervisor_on_deadline(evutil_socket_t, short what, void *supervisor);

/* The service of that name, or NULL. */
struct service *supervisor_find(struct supervisor *, const char *name);

/* Start all that are not running. */
void supervisor_start(struct supervisor *);

/* Stop in order, see daemon_plan_stop_rank(); the second time at once. The loop
 * ends when all are gone. */
void supervisor_stop(struct supervisor *);

/* Order a restart of one service. */
void supervisor_restart_service(struct supervisor *, struct service *);

/* Every event ends here: answer who waits, and arm the next deadline. */
void supervisor_settle(struct supervisor *);

/* The clock of deadlines. */
struct monotime supervisor_now(void);

/* --- supervisor_bus.c: what we answer on the bus; arg is the supervisor */
extern const struct bus_handler supervisor_handlers[];

/* A service changed its state: answer those who waited for that. */
void supervisor_bus_notice(struct supervisor *);

#endif
