/* import_check: is what was unpacked a peer? */
#ifndef CLI_DATA_IMPORT_CHECK_H
#define CLI_DATA_IMPORT_CHECK_H

#include "cli/data/manifest.h"
#include "cli/data/staging.h"
#include "cli/peer/exit_status.h"

/*
 * The configuration loads, site and key are moved to where it wants them, the
 * key is that of the manifest's peer, the database (at path/data.db) is sound.
 * EXIT_OK with whether there is a key, or a complaint about zip was made.
 */
enum exit_status import_check(const struct staging *, const char *path,
    const struct manifest *, const char *zip, bool *ret_has_key);

#endif
