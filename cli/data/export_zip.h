/*
 * export_zip: the files of a list, in a zip behind their manifest. Each is read
 * twice, for its hash and into the zip, which also shows whether it changed in
 * between. -EINTR from all of these: interrupt_came().
 */
#ifndef CLI_DATA_EXPORT_ZIP_H
#define CLI_DATA_EXPORT_ZIP_H

#include "cli/data/export_list.h"

enum { EXPORT_ZIP_CHANGED = 1 };

/* Note size, hash and time of each; files that are gone are removed from the
 * list. 0, or -errno of the file called *ret_at. */
int export_zip_hash(struct export_list *, const char **ret_at);

/* Write the zip file to fd, from its start. 0; EXPORT_ZIP_CHANGED with the name
 * of the changed file in *ret_changed, borrowed; or -errno of writing. */
int export_zip_write(const struct export_list *, const char *peer_id, int fd,
    const char **ret_changed);

#endif
