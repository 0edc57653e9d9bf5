#include "goop-viewerd/settings/settings_change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"

enum { QUICK_KEYS = 9 };

static const struct quick_key {
	const char *name;
	const char *key;
} quick_keys[QUICK_KEYS] = {
	{ "label", "profile.label" },
	{ "email", "profile.email" },
	{ "verification_token", "profile.verification_token" },
	{ "theme", "viewer.theme" },
	{ "preferred_cam", "viewer.preferred_cam" },
	{ "preferred_mic", "viewer.preferred_mic" },
	{ "video_disabled", "viewer.video_disabled" },
	{ "hide_unverified", "viewer.hide_unverified" },
	{ "open_sites_external", "viewer.open_sites_external" },
};

static bool
is_theme(const char *text)
{
	return strcmp(text, "light") == 0 || strcmp(text, "dark") == 0 ||
	       strcmp(text, "system") == 0;
}

static bool
is_printable(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

/* Values must be printable text or booleans; the table of the configuration
 * checks type and length of each key. */
static int
put_value(
    json_t *to, const struct quick_key *key, json_t *value, const char **why)
{
	const char *text = json_string_value(value);

	if (text != NULL && !is_printable(text)) {
		*why = "a value has control characters";
		return -EINVAL;
	}
	if (strcmp(key->name, "theme") == 0 &&
	    (text == NULL || !is_theme(text)))
		return 0; /* ignored, as the original does */
	json_object_set(to, key->key, value);
	return 0;
}

static int
translate(json_t *from, json_t *to, const char **why)
{
	json_t *value;
	size_t i;
	int rc = 0;

	for (i = 0; i < QUICK_KEYS && rc == 0; i++) {
		value = json_object_get(from, quick_keys[i].name);
		if (value != NULL)
			rc = put_value(to, &quick_keys[i], value, why);
	}
	return rc;
}

int
settings_change_translate(
    struct bytes json, struct buffer *ret, const char **why)
{
	json_t *from = json_loadb(
	    (const char *)json.data, json.len, JSON_REJECT_DUPLICATES, NULL);
	json_t *to = json_object();
	CLEANUP_FREE char *text = NULL;
	int rc = -EINVAL;

	*why = "invalid JSON: expected an object of settings";
	if (json_is_object(from))
		rc = translate(from, to, why);
	if (rc == 0) {
		text = json_dumps(to, JSON_COMPACT);
		*why = "the settings are too long";
		if (text == NULL || buffer_append(ret, bytes_of(text)) < 0)
			rc = -EINVAL;
	}
	json_decref(from);
	json_decref(to);
	return rc;
}

int
settings_change_print_server(const char *url, struct buffer *ret)
{
	json_t *to = json_pack("{ss}", "presence.rendezvous_wan", url);
	CLEANUP_FREE char *text = NULL;

	if (to == NULL)
		return -EINVAL;
	text = xcheck(json_dumps(to, JSON_COMPACT));
	json_decref(to);
	return buffer_append(ret, bytes_of(text)) < 0 ? -EINVAL : 0;
}
