/* server_url: where the pages of this directory's rendezvous server are. */
#ifndef CLI_PEER_SERVER_URL_H
#define CLI_PEER_SERVER_URL_H

#include "common/config/config.h"

enum { SERVER_URL_SIZE = 128 };

/* As a browser on this machine reaches it: "http://127.0.0.1:8787/". */
void server_url_print(const struct config *, char text[SERVER_URL_SIZE]);

/* Does it listen on loopback alone? */
bool server_url_is_local(const struct config *);

/* Is there a page for its administrator? */
bool server_url_has_admin(const struct config *);

#endif
