/*
 * import_unpack: unpacks an export into a staging directory and compares each
 * file with the manifest: no other file, no larger file, no file with another
 * hash.
 */
#ifndef CLI_DATA_IMPORT_UNPACK_H
#define CLI_DATA_IMPORT_UNPACK_H

#include "cli/data/manifest.h"
#include "cli/data/staging.h"

enum {
	IMPORT_REFUSED =
	    1, /* the zip file is invalid: *why, malloc'd, says how */
	IMPORT_INTERRUPTED = 2,
};

/* Find and check the manifest. 0 with *ret for manifest_fini(),
 * IMPORT_REFUSED, or -errno. */
int import_read_manifest(int fd, struct manifest *ret, char **why);

/* All files of the manifest; staging NULL: only compare them with it. 0,
 * IMPORT_REFUSED, IMPORT_INTERRUPTED, or -errno of writing. */
int import_unpack(
    int fd, const struct manifest *, const struct staging *, char **why);

#endif
