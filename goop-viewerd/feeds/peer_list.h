/*
 * peer_list: peer rows, one a peer, sorted by id. Bookkeeping only. What peers
 * say of themselves is cut to a size that lets all rows be shown at once.
 */
#ifndef GOOP_VIEWERD_FEEDS_PEER_LIST_H
#define GOOP_VIEWERD_FEEDS_PEER_LIST_H

#include "goop-viewerd/answers/viewer_messages.h"

/* Of one row as the pages see it. A peer of many addresses takes half. */
enum { PEER_LIST_ROW_MAX = 1536 };

struct peer_list {
	struct peer_row *rows;
	size_t count;
};

void peer_list_fini(struct peer_list *);

/* Copy rows in the place of all; sorts them. */
void peer_list_replace(struct peer_list *, const struct peers_reply *);

/* Copy a row in; what is too much of it is left out. The row as it is now,
 * borrowed; NULL if the list is full or the row has no sane size. */
const struct peer_row *peer_list_put(
    struct peer_list *, const struct peer_row *);

bool peer_list_remove(struct peer_list *, const char *peer_id);

/* As the pages see them; _free() when done, the list must stand still. */
struct viewer_peers peer_list_view(const struct peer_list *);
void peer_list_view_free(struct viewer_peers *);

#endif
