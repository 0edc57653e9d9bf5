/* starter: the small site that a new peer begins with; its files, cli/starter/,
 * are linked into goop2. */
#ifndef CLI_PEER_STARTER_H
#define CLI_PEER_STARTER_H

#include "common/base/bytes.h"

struct starter_file {
	const char *name;
	struct bytes content;
};

/* The next file of the starter site: number 0, 1, ...; false after the last. */
bool starter_file_get(size_t number, struct starter_file *ret);

/* The schema of the table that the site uses: goopd makes the table of it. Its
 * name is a path in the peer directory. */
struct starter_file starter_schema_get(void);

#endif
