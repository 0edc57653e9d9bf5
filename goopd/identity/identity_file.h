/*
 * identity_file: the file that holds who this peer is. Made once, when there
 * is none; a file that is there but cannot be understood is left alone, for a
 * new key would silently turn this peer into somebody else.
 */
#ifndef GOOPD_IDENTITY_IDENTITY_FILE_H
#define GOOPD_IDENTITY_IDENTITY_FILE_H

#include "common/libp2p/keys/identity_key.h"

enum { IDENTITY_FILE_MAX = 4096 };

/*
 * Load the key file name beneath dirfd, or make it (0600, its directory 0700)
 * if there is none; *ret_made tells which. 0, -EKEYREJECTED if it is damaged,
 * or -errno; on failure *why is a malloc'd sentence.
 */
int identity_file_open(int dirfd, const char *name, struct identity_key *ret,
    bool *ret_made, char **why);

/* May others read the file? False if it cannot be looked at. */
bool identity_file_is_exposed(int dirfd, const char *name);

#endif
