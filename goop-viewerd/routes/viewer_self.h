/*
 * viewer_self: what pages know of this peer itself: its id, label and
 * addresses, and which daemons are up. As answers and as events.
 */
#ifndef GOOP_VIEWERD_ROUTES_VIEWER_SELF_H
#define GOOP_VIEWERD_ROUTES_VIEWER_SELF_H

#include "common/http/stream/sse_hub.h"
#include "goop-viewerd/answers/viewer_json.h"
#include "goop-viewerd/routes/viewer_state.h"

/* All members are borrowed. */
struct viewer_self viewer_self(const struct viewer *);

/* An event to every reader: "self" after a change of label, settings or
 * addresses; "daemons" when one came or went. */
void viewer_self_tell(struct viewer *);
void viewer_daemons_tell(struct viewer *);

/* Both events to one reader. 0; negative: the reader is gone. */
int viewer_self_tell_reader(const struct viewer *, struct sse_reader *);

#endif
