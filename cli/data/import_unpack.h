/*
 * import_unpack: from the zip file of an export to its files in a staging
 * directory, each compared with the manifest: nothing else comes out, nothing
 * larger than was said, nothing that has another hash.
 */
#ifndef CLI_DATA_IMPORT_UNPACK_H
#define CLI_DATA_IMPORT_UNPACK_H

#include "cli/data/manifest.h"
#include "cli/data/staging.h"

enum {
	IMPORT_REFUSED = 1, /* the file is wrong: *why, malloc'd, tells */
	IMPORT_INTERRUPTED = 2,
};

/* Find and check the manifest. 0 with *ret for manifest_fini(),
 * IMPORT_REFUSED, or -errno. */
int import_read_manifest(int fd, struct manifest *ret, char **why);

/* All files of the manifest. 0, IMPORT_REFUSED, IMPORT_INTERRUPTED, or -errno
 * of writing. */
int import_unpack(
    int fd, const struct manifest *, const struct staging *, char **why);

#endif
