/*
 * import_target: where the new peer will be: a directory that is new, empty, or
 * a peer to replace.
 */
#ifndef CLI_DATA_IMPORT_TARGET_H
#define CLI_DATA_IMPORT_TARGET_H

#include <stdbool.h>

#include "cli/data/staging.h"
#include "cli/peer/exit_status.h"

enum import_target_kind { TARGET_NEW, TARGET_EMPTY, TARGET_PEER };

struct import_target {
	enum import_target_kind kind;
	char *path; /* absolute, without symbolic links */
	char *parent_path;
	char *name;   /* its last part */
	char *before; /* the new name of a replaced peer */
	int parent;
	int lock; /* of the peer there; -1: there is none */
};

/*
 * Look at path, and lock the peer there, which is allowed only if is_replacing.
 * EXIT_OK, or an error was printed.
 */
enum exit_status import_target_open(
    const char *path, bool is_replacing, struct import_target *ret);

/* Put the staged directory there, in one step. EXIT_OK, and the staging is
 * released; or an error was printed, and nothing has changed. */
enum exit_status import_target_put(
    const struct import_target *, struct staging *);

void import_target_close(struct import_target *);

#endif
