/*
 * service: the life of one daemon under the supervisor, as a machine without
 * I/O: what happened and the time go in, what to do comes out.
 *
 *	STOPPED -> STARTING -> READY -> STOPPING -> STOPPED
 *	              |          |
 *	              +-- died --+--> WAITING -> STARTING ...  or FAILED
 */
#ifndef CLI_SUPERVISOR_SERVICE_H
#define CLI_SUPERVISOR_SERVICE_H

#include <sys/types.h>

#include "cli/supervisor/obituary.h"
#include "cli/supervisor/restart.h"

enum {
	SERVICE_READY_MS = 15 * 1000,    /* from start to READY, else hung */
	SERVICE_WATCHDOG_MS = 10 * 1000, /* silence that means hung */
	SERVICE_STOP_MS = 1500,          /* from SIGTERM to SIGKILL */
	SERVICE_ABORT_MS = 500,          /* from SIGABRT to SIGKILL */
	SERVICE_STATUS_SIZE = 256,
};

/* clang-format off */
#define SERVICE_STATES(X) \
	X(STOPPED,  "stopped")  /* no deadline: waits for a start by hand */ \
	X(STARTING, "starting") /* READY is due */ \
	X(READY,    "ready")    /* a sign of life is due */ \
	X(STOPPING, "stopping") /* got SIGTERM, its end is due */ \
	X(HUNG,     "hung")     /* got SIGABRT, its end is due */ \
	X(WAITING,  "waiting")  /* died, the next start is due */ \
	X(FAILED,   "failed")   /* no deadline: waits for a start by hand */
/* clang-format on */
enum service_state {
#define SERVICE_STATE_ENUM(name, text) SERVICE_##name,
	SERVICE_STATES(SERVICE_STATE_ENUM)
};
const char *service_state_name(enum service_state);

/* What the caller must do now. */
enum service_action {
	SERVICE_NOTHING,
	SERVICE_SPAWN, /* then tell service_spawned() */
	SERVICE_TERM,
	SERVICE_ABORT,
	SERVICE_KILL,
};

/* The kind of its death. */
enum service_death {
	SERVICE_CRASHED,
	SERVICE_KILLED,  /* from outside: no fault of its own */
	SERVICE_REFUSED, /* starting it again cannot help */
};

struct service {
	const char *name;
	enum service_state state;
	pid_t pid; /* 0: none */
	struct monotime started;
	struct monotime deadline;
	int64_t watchdog_ms;
	struct restart restart;
	int64_t delay_ms; /* WAITING: how long in all */
	bool again;       /* STOPPING: to be started again afterwards */
	bool was_hung;
	unsigned int restarts;
	char last_exit[OBITUARY_SIZE];
	char status[SERVICE_STATUS_SIZE]; /* its STATUS= line */
};

void service_init(struct service *, const char *name, int64_t watchdog_ms,
    int64_t first_delay_ms);

/* Start it, stop it, or restart it. */
enum service_action service_start(struct service *, struct monotime now);
enum service_action service_stop(struct service *, struct monotime now);
enum service_action service_restart(struct service *, struct monotime now);

/* What happened. */
void service_spawned(struct service *, pid_t, struct monotime now);
void service_heard_ready(struct service *, struct monotime now);
void service_heard_watchdog(struct service *, struct monotime now);
/* It ended; how says in what way. */
enum service_action service_died(
    struct service *, enum service_death, const char *how, struct monotime now);

/* The deadline has come. */
enum service_action service_tick(struct service *, struct monotime now);

/* goop2 itself was suspended (by job control): signs of life may be lost, so
 * the deadline starts anew. */
void service_forgive(struct service *, struct monotime now);

#endif
