/*
 * file: whole small files. Replacing is atomic and durable: the old bytes or
 * the new ones, never a mixture, also after a power cut.
 */
#ifndef COMMON_BASE_FILE_H
#define COMMON_BASE_FILE_H

#include <sys/types.h>

#include "common/base/bytes.h"

/*
 * Read the regular file name beneath dirfd (AT_FDCWD for the working
 * directory) of at most max bytes. *ret gets malloc'd bytes followed by a NUL
 * that is not counted. 0, -EFBIG, -EISDIR, or -errno.
 */
int file_read(
    int dirfd, const char *name, size_t max, uint8_t **ret, size_t *ret_len);

/*
 * Replace or make the file name beneath dirfd with mode: written aside,
 * synced, renamed, directory synced. The old file's owner keeps it. 0 or
 * -errno; on error the old file stands and nothing is left beside it.
 */
int file_replace(int dirfd, const char *name, struct bytes, mode_t mode);

#endif
