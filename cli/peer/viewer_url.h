/* viewer_url: the URL in the viewer's status line. */
#ifndef CLI_PEER_VIEWER_URL_H
#define CLI_PEER_VIEWER_URL_H

#include <stddef.h>

/* Copy the first http:// address in the viewer's status line; empty if there
 * is none, or none that fits. */
void viewer_url_find(const char *status, char *ret, size_t size);

#endif
