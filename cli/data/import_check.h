/* import_check: is the unpacked directory a peer? */
#ifndef CLI_DATA_IMPORT_CHECK_H
#define CLI_DATA_IMPORT_CHECK_H

#include "cli/data/manifest.h"
#include "cli/data/staging.h"
#include "cli/peer/exit_status.h"

/*
 * Load the configuration, move site and key to the places it names, check that
 * the key belongs to the peer of the manifest and that the database
 * (path/data.db) is sound. EXIT_OK with whether there is a key; else an error
 * about zip was printed.
 */
enum exit_status import_check(const struct staging *, const char *path,
    const struct manifest *, const char *zip, bool *ret_has_key);

#endif
