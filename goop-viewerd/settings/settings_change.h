/*
 * settings_change: what a page wants changed, in the words of goop.json. Any
 * of the quick keys may be there; keys it does not know are left out, as the
 * original does.
 */
#ifndef GOOP_VIEWERD_SETTINGS_SETTINGS_CHANGE_H
#define GOOP_VIEWERD_SETTINGS_SETTINGS_CHANGE_H

#include "common/base/buffer.h"

/* {"label":"A"} to {"profile.label":"A"}. 0, or -EINVAL with *why a static
 * sentence. */
int settings_change_translate(
    struct bytes json, struct buffer *ret, const char **why);

#endif
