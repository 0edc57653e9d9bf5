/* key_file: the identity key on disk, as the command line needs it. */
#ifndef CLI_PEER_KEY_FILE_H
#define CLI_PEER_KEY_FILE_H

#include "common/libp2p/multiformats/peer_id.h"

enum { KEY_FILE_MAX = 4096 };

/* Make a new key in the file name beneath dirfd, 0600. 0 or -errno. */
int key_file_make(int dirfd, const char *name);

/* The peer id of the key in the file. 0; -EINVAL with *reason a static
 * sentence if it is damaged; or -errno. */
int key_file_read_id(
    int dirfd, const char *name, struct peer_id *ret, const char **reason);

#endif
