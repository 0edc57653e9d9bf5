/*
 * settings_change: a change of settings from a page, in keys of goop.json. Any
 * quick key may be present; unknown keys are ignored, as in the original.
 */
#ifndef GOOP_VIEWERD_SETTINGS_SETTINGS_CHANGE_H
#define GOOP_VIEWERD_SETTINGS_SETTINGS_CHANGE_H

#include "common/base/buffer.h"

/* {"label":"A"} to {"profile.label":"A"}. 0, or -EINVAL with *why a static
 * sentence. */
int settings_change_translate(
    struct bytes json, struct buffer *ret, const char **why);

/* The same for the rendezvous server alone. 0, or -EINVAL: no UTF-8. */
int settings_change_print_server(const char *url, struct buffer *ret);

#endif
