#include "cli/commands/config_json.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/config/config_values.h"

/* Set "presence.topic" as the member topic of the member presence. */
static void
set_dotted(json_t *object, const char *dotted, json_t *value)
{
	const char *dot = strchr(dotted, '.');
	CLEANUP_FREE char *section = NULL;
	json_t *inner;

	if (dot == NULL) {
		json_object_set_new(object, dotted, value);
		return;
	}
	section = xstrndup(dotted, (size_t)(dot - dotted));
	inner = json_object_get(object, section);
	if (inner == NULL) {
		inner = json_object();
		json_object_set_new(object, section, inner);
	}
	set_dotted(inner, dot + 1, value);
}

bool
config_json_is_set(const struct config_value *value)
{
	return strcmp(value->text, "\"\"") != 0;
}

json_t *
config_json_new(const struct config_value *values, size_t count)
{
	json_t *config = json_object(), *from = json_object(),
	       *secrets = json_object(), *value;
	size_t i;

	for (i = 0; i < count; i++) {
		json_object_set_new(
		    from, values[i].key, json_string(values[i].from));
		if (values[i].is_secret) {
			json_object_set_new(secrets, values[i].key,
			    json_string(config_json_is_set(&values[i])
					    ? "set"
					    : "not set"));
			continue;
		}
		value = json_loads(values[i].text, JSON_DECODE_ANY, NULL);
		if (value == NULL)
			bug("the value of %s is no JSON", values[i].key);
		set_dotted(config, values[i].key, value);
	}
	return json_pack(
	    "{sososo}", "config", config, "from", from, "secrets", secrets);
}
