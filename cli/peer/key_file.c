#include "cli/peer/key_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/libp2p/keys/identity_key.h"

int
key_file_make(int dirfd, const char *name)
{
	uint8_t file[IDENTITY_FILE_SIZE];
	struct identity_key key;
	int rc;

	identity_key_make(&key);
	identity_key_encode(&key, file);
	identity_key_wipe(&key);
	rc = file_replace(
	    dirfd, name, (struct bytes){ file, sizeof(file) }, 0600);
	explicit_bzero(file, sizeof(file));
	return rc;
}

int
key_file_read_id(
    int dirfd, const char *name, struct peer_id *ret, const char **reason)
{
	struct identity_key key;
	uint8_t *data;
	size_t len;
	int rc;

	rc = file_read(dirfd, name, KEY_FILE_MAX, &data, &len);
	if (rc == -EFBIG || rc == -EISDIR || rc == -EINVAL) {
		*reason = "it is not a key file";
		return -EINVAL;
	}
	if (rc < 0)
		return rc;
	rc = identity_key_decode((struct bytes){ data, len }, &key, reason);
	explicit_bzero(data, len);
	free(data);
	if (rc < 0)
		return rc;
	rc = peer_id_of_public_key(
	    (struct bytes){ key.public_protobuf, sizeof(key.public_protobuf) },
	    ret);
	identity_key_wipe(&key);
	return rc;
}
