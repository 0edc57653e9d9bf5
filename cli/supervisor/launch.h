/* launch: check everything that can be checked, then supervise. */
#ifndef CLI_SUPERVISOR_LAUNCH_H
#define CLI_SUPERVISOR_LAUNCH_H

#include "cli/peer/peer_directory.h"

enum launch_mode {
	LAUNCH_AS_CONFIGURED,
	LAUNCH_SERVER, /* a rendezvous server alone, whatever the file says */
};

/* What config becomes by this mode. */
void launch_force(enum launch_mode, struct config *);

/* Run it in the foreground until it is stopped. */
enum exit_status launch(const struct peer_directory *, enum launch_mode);

/* instance_lock_take() that prints its error. EXIT_OK with *ret_lock, or the
 * reason was printed. */
enum exit_status launch_take_lock(const struct peer_directory *, int *ret_lock);

#endif
