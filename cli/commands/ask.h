/* ask: one question to a daemon of a running peer, for the command line. */
#ifndef CLI_COMMANDS_ASK_H
#define CLI_COMMANDS_ASK_H

#include "cli/peer/peer_directory.h"
#include "common/bus/daemon_bus.h"
#include "common/bus/discovery_bus.h"
#include "common/bus/goopd_bus.h"
#include "common/bus/supervisor_bus.h"

enum {
	ASK_RESTART_MS = 5000, /* wait for a restarting daemon */
};

struct ask {
	struct event_base *base;
	struct bus *bus;
	char *run_directory;
};

/* EXIT_OK; else the reason was printed: EXIT_NOT_RUNNING if no daemon runs on
 * the directory. */
enum exit_status ask_open(const struct peer_directory *, struct ask *ret);
/* The same, but EXIT_NOT_RUNNING comes without a message. */
enum exit_status ask_open_if_running(
    const struct peer_directory *, struct ask *ret);
void ask_close(struct ask *);

/* Does the daemon called name answer at its socket right now? */
bool ask_is_there(const struct ask *, const char *name);

/* Print what error (NULL if EXIT_NOT_RUNNING) means for the peer in directory.
 * Returns status. */
enum exit_status ask_complain(enum exit_status status,
    const struct peer_directory *, const struct bus_error *error);

/*
 * Ask the daemon called name. EXIT_OK with *ret_reply filled, as ask_X_now()
 * does. Else nothing was said yet and *error tells why; EXIT_NOT_RUNNING if
 * neither the daemon nor a supervisor that could start it is there,
 * EXIT_NOT_NEEDED if the supervisor has no such daemon, EXIT_BUSY if it is
 * being restarted. For cli_ask_X(), which gives it the right types.
 */
enum exit_status ask_untyped(struct ask *, const char *name, const struct op *,
    const void *request, int64_t budget_ms, void *ret_reply,
    struct bus_error *error);

/* clang-format off */
#define CLI_ASK(number_, name_, request_, reply_, callers_) \
	static inline enum exit_status \
	cli_ask_##name_(struct ask *ask, const char *name, \
	    const struct request_ *request, int64_t budget_ms, \
	    struct reply_ *ret_reply, struct bus_error *error) \
	{ \
		return ask_untyped(ask, name, &op_##name_, request, \
		    budget_ms, ret_reply, error); \
	}
/* clang-format on */
DAEMON_OPS(CLI_ASK)
DISCOVERY_OPS(CLI_ASK)
GOOPD_OPS(CLI_ASK)
SUPERVISOR_OPS(CLI_ASK)

#endif
