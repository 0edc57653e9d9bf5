/*
 * identity_file: the file with the identity key. It is made once, if it is
 * missing. A damaged file is left alone: a new key would silently make this a
 * different peer.
 */
#ifndef COMMON_IDENTITY_IDENTITY_FILE_H
#define COMMON_IDENTITY_IDENTITY_FILE_H

#include "common/libp2p/keys/identity_key.h"

enum { IDENTITY_FILE_MAX = 4096 };

/*
 * Load the key file name beneath dirfd, or make it (0600, its directory 0700)
 * if it is missing; *ret_made says which. 0, -EKEYREJECTED if it is damaged, or
 * -errno; on failure *why is a malloc'd sentence.
 */
int identity_file_open(int dirfd, const char *name, struct identity_key *ret,
    bool *ret_made, char **why);

/* Can other users read the file? False also if that is unknown. */
bool identity_file_is_exposed(int dirfd, const char *name);

#endif
