#include "common/config/config_apply.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdarg.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/server_address.h"

void
config_problem_add(struct config_problems *problems, bool is_warning,
    unsigned int line, const char *key, const char *format, ...)
{
	struct config_problem *problem;
	va_list arguments;

	problems->errors += !is_warning;
	if (problems->count == CONFIG_PROBLEMS_MAX)
		return;
	problem = &problems->items[problems->count++];
	*problem =
	    (struct config_problem){ is_warning, line, xstrdup(key), NULL };
	va_start(arguments, format);
	if (vasprintf(&problem->reason, format, arguments) == -1)
		xalloc_failed();
	va_end(arguments);
	text_make_printable(problem->key);
	text_make_printable(problem->reason);
}

/* A file on its way into a struct. */
struct applying {
	const struct config_tree *tree;
	struct config *config;
	struct config_problems *problems;
};

void *
config_member_of(const struct config *config, const struct config_key *key)
{
	return (char *)(uintptr_t)config + key->offset;
}

/* "section" of "section.name"; malloc'd */
static char *
section_of(const struct config_key *key)
{
	return xstrndup(key->key, (size_t)(strchr(key->key, '.') - key->key));
}

static unsigned int
line_of(const struct applying *applying, const struct config_key *key)
{
	CLEANUP_FREE char *section = section_of(key);
	const char *section_spelling = NULL, *name_spelling = NULL;
	json_t *object;

	object =
	    config_member(applying->tree->root, section, &section_spelling);
	if (object == NULL || config_member(object, strchr(key->key, '.') + 1,
				  &name_spelling) == NULL)
		return 0;
	return config_tree_line(
	    applying->tree, section_spelling, name_spelling);
}

json_t *
config_lookup(const struct config_tree *tree, const struct config_key *key)
{
	CLEANUP_FREE char *section = section_of(key);
	json_t *object = config_member(tree->root, section, NULL);
	json_t *value = NULL;

	if (object != NULL)
		value = config_member(object, strchr(key->key, '.') + 1, NULL);
	return value == NULL || json_is_null(value) ? NULL : value;
}

static void
set_default(struct config *config, const struct config_key *key)
{
	void *member = config_member_of(config, key);

	if (key->kind == CONFIG_TEXT)
		*(char **)member = xstrdup(key->text);
	else if (key->kind == CONFIG_NUMBER)
		*(int64_t *)member = key->number;
	else if (key->kind == CONFIG_SWITCH)
		*(bool *)member = key->number != 0;
}

static bool
is_effective(const struct config_key *key)
{
	return (key->flags & CONFIG_NO_EFFECT) == 0;
}

static void
set_defaults(struct config *config)
{
	const struct config_key *key = config_keys;

	*config = (struct config){ 0 };
	for (; key->key != NULL; key++)
		if (is_effective(key))
			set_default(config, key);
}

/* One thing that is wrong with a key. */
#define wrong(applying_, key_, ...) \
	config_problem_add((applying_)->problems, false, \
	    line_of(applying_, key_), (key_)->key, __VA_ARGS__)

static bool
is_texts(const json_t *value)
{
	size_t i;
	json_t *item;

	if (!json_is_array(value))
		return false;
	json_array_foreach(value, i, item)
	{
		if (!json_is_string(item))
			return false;
	}
	return true;
}

static const char *
type_name(const json_t *value)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "a list",
		[JSON_STRING] = "a text",
		[JSON_INTEGER] = "a number",
		[JSON_REAL] = "a fraction",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null",
	};

	return names[json_typeof(value)];
}

/* The wrong JSON type fails the load, also where the key has no effect. */
static bool
check_type(const struct applying *applying, const struct config_key *key,
    const json_t *value)
{
	static const char *const wanted[] = {
		[CONFIG_TEXT] = "a text in quotes",
		[CONFIG_NUMBER] = "a whole number",
		[CONFIG_SWITCH] = "true or false",
		[CONFIG_TEXTS] = "a list of texts",
	};
	const bool fits[] = {
		[CONFIG_TEXT] = json_is_string(value),
		[CONFIG_NUMBER] = json_is_integer(value),
		[CONFIG_SWITCH] = json_is_boolean(value),
		[CONFIG_TEXTS] = is_texts(value),
	};

	if (fits[key->kind])
		return true;
	wrong(applying, key, "must be %s, not %s", wanted[key->kind],
	    type_name(value));
	return false;
}

static bool
is_blank(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return *text == '\0';
}

static void
apply_text(const struct applying *applying, const struct config_key *key,
    const char *text)
{
	char **member = config_member_of(applying->config, key);

	if ((key->flags & CONFIG_NOT_BLANK) && is_blank(text)) {
		wrong(applying, key, "must not be empty");
	} else if (strlen(text) > (uint64_t)key->max) {
		wrong(applying, key, "is longer than %" PRId64 " bytes",
		    key->max);
	} else {
		free(*member);
		*member = xstrdup(text);
	}
}

static void
apply_number(const struct applying *applying, const struct config_key *key,
    int64_t number)
{
	if (number >= key->min && number <= key->max)
		*(int64_t *)config_member_of(applying->config, key) = number;
	else if (key->flags & CONFIG_ELSE_DEFAULT)
		config_problem_add(applying->problems, true,
		    line_of(applying, key), key->key,
		    "%" PRId64 " is not from %" PRId64 " to %" PRId64
		    "; %" PRId64 " is used",
		    number, key->min, key->max, key->number);
	else
		wrong(applying, key,
		    "%" PRId64 " is not from %" PRId64 " to %" PRId64, number,
		    key->min, key->max);
}

static void
apply_texts(const struct applying *applying, const struct config_key *key,
    const json_t *list)
{
	struct strings *member = config_member_of(applying->config, key);
	size_t i;
	json_t *item;

	if (json_array_size(list) > CONFIG_TEXTS_MAX) {
		wrong(
		    applying, key, "has more than %d items", CONFIG_TEXTS_MAX);
		return;
	}
	json_array_foreach(list, i, item)
	{
		if (is_blank(json_string_value(item)) ||
		    json_string_length(item) > (uint64_t)key->max) {
			wrong(applying, key, "item %zu is empty or too long",
			    i + 1);
			return;
		}
		strings_add(member, json_string_value(item));
	}
}

static void
apply_value(const struct applying *applying, const struct config_key *key,
    const json_t *value)
{
	if (json_is_null(value) || !check_type(applying, key, value) ||
	    !is_effective(key))
		return;
	switch (key->kind) {
	case CONFIG_TEXT:
		apply_text(applying, key, json_string_value(value));
		break;
	case CONFIG_NUMBER:
		apply_number(applying, key, json_integer_value(value));
		break;
	case CONFIG_SWITCH:
		*(bool *)config_member_of(applying->config, key) =
		    json_is_true(value);
		break;
	case CONFIG_TEXTS:
		apply_texts(applying, key, value);
		break;
	}
}

static void
warn_unknown(const struct applying *applying, unsigned int line,
    const char *name, const char *nearest)
{
	if (nearest != NULL)
		config_problem_add(applying->problems, true, line, name,
		    "unknown, has no effect; did you mean \"%s\"?", nearest);
	else
		config_problem_add(applying->problems, true, line, name,
		    "unknown, has no effect");
}

/* Does another member before this one have the same name, but for case? */
static bool
is_twice(json_t *object, const char *name)
{
	const char *first = name;

	config_member(object, name, &first);
	return strcmp(first, name) != 0;
}

static void
apply_key(const struct applying *applying, const char *section, json_t *object,
    const char *name, const json_t *value)
{
	CLEANUP_FREE char *path = xasprintf("%s.%s", section, name);
	const struct config_key *key = config_key_find(path);
	unsigned int line = config_tree_line(applying->tree, section, name);

	if (key == NULL)
		warn_unknown(applying, line, path, config_key_nearest(path));
	else if (is_twice(object, name))
		config_problem_add(applying->problems, false, line, path,
		    "stands there twice, in different case");
	else
		apply_value(applying, key, value);
}

static void
apply_section(
    const struct applying *applying, const char *section, json_t *object)
{
	unsigned int line = config_tree_line(applying->tree, section, NULL);
	char nearest[CONFIG_SECTION_SIZE];
	const char *name;
	json_t *value;

	if (!config_section_is_known(section)) {
		warn_unknown(applying, line, section,
		    config_section_nearest(section, nearest) ? nearest : NULL);
	} else if (is_twice(applying->tree->root, section)) {
		config_problem_add(applying->problems, false, line, section,
		    "stands there twice, in different case");
	} else if (json_is_object(object)) {
		json_object_foreach(object, name, value)
		{
			apply_key(applying, section, object, name, value);
		}
	} else if (!json_is_null(object)) {
		config_problem_add(applying->problems, false, line, section,
		    "must be an object, not %s", type_name(object));
	}
}

/* What the original rewrites too: only the owner's browser connects. */
static void
normalise_http_addr(struct config *config)
{
	static const char *const everywhere[] = { ":", "0.0.0.0:" };
	char *address = config->http_addr;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(everywhere); i++)
		if (!strncmp(address, everywhere[i], strlen(everywhere[i]))) {
			config->http_addr = xasprintf(
			    "127.0.0.1:%s", address + strlen(everywhere[i]));
			free(address);
			return;
		}
}

static bool
is_host_and_port(const char *address)
{
	const char *colon = strrchr(address, ':');
	uint64_t port;

	return colon != NULL && colon != address &&
	       text_parse_u64(bytes_of(colon + 1), &port) == 0 && port <= 65535;
}

static void
add_wrong(const struct applying *applying, const char *name, const char *reason)
{
	wrong(applying, config_key_find(name), "%s", reason);
}

static bool
is_http_url(const char *url)
{
	return !strncmp(url, "http://", 7) || !strncmp(url, "https://", 8);
}

/* "10.0.0.1", "10.0.0.0/8", "fd00::/8" */
static bool
is_network(const char *text)
{
	const char *slash = strchr(text, '/');
	CLEANUP_FREE char *host = xstrndup(text, strcspn(text, "/"));
	struct in6_addr address;
	uint64_t bits = 0, most;

	if (inet_pton(AF_INET, host, &address) == 1)
		most = 32;
	else if (inet_pton(AF_INET6, host, &address) == 1)
		most = 128;
	else
		return false;
	return slash == NULL ||
	       (text_parse_u64(bytes_of(slash + 1), &bits) == 0 &&
		   bits <= most);
}

static void
check_rendezvous_access(const struct applying *applying)
{
	static const char hash_mark[] = "$scrypt$";
	const struct config *config = applying->config;
	size_t i;

	for (i = 0; i < config->trusted_proxies.count; i++)
		if (!is_network(config->trusted_proxies.items[i]))
			wrong(applying,
			    config_key_find("presence.trusted_proxies"),
			    "item %zu must be an IP address or a network, like "
			    "127.0.0.1 or 10.0.0.0/8",
			    i + 1);
	if (config->admin_password_hash[0] != '\0' &&
	    strncmp(
		config->admin_password_hash, hash_mark, strlen(hash_mark)) != 0)
		add_wrong(applying, "presence.admin_password_hash",
		    "must be what goop2 hash-password prints");
	if ((config->tls_cert[0] == '\0') != (config->tls_key[0] == '\0'))
		add_wrong(applying, "presence.tls_cert",
		    "needs presence.tls_key, and the other way round");
}

/* Blank: none. What was pasted is kept as the URL that it means. */
static void
check_server_url(const struct applying *applying)
{
	char **url = &applying->config->rendezvous_wan;
	struct server_address address;
	const char *wrong = NULL;

	if (is_blank(*url))
		address.text[0] = '\0';
	else
		wrong = server_address_parse(*url, &address);
	if (wrong != NULL) {
		add_wrong(applying, "presence.rendezvous_wan", wrong);
		return;
	}
	explicit_bzero(*url, strlen(*url)); /* the login */
	free(*url);
	*url = xstrdup(address.text);
	explicit_bzero(&address, sizeof(address));
}

static void
check_rendezvous(const struct applying *applying)
{
	const struct config *config = applying->config;
	struct in6_addr address;

	if (config->rendezvous_only && !config->rendezvous_host)
		add_wrong(applying, "presence.rendezvous_only",
		    "needs presence.rendezvous_host");
	if (inet_pton(AF_INET, config->rendezvous_bind, &address) != 1 &&
	    inet_pton(AF_INET6, config->rendezvous_bind, &address) != 1)
		add_wrong(applying, "presence.rendezvous_bind",
		    "must be an IP address, like 127.0.0.1, 0.0.0.0 or ::");
	check_server_url(applying);
	if (config->external_url[0] != '\0' &&
	    !is_http_url(config->external_url))
		add_wrong(applying, "presence.external_url",
		    "must start with http:// or https://");
	check_rendezvous_access(applying);
}

/* Rules between keys, and those that no range can express. */
static void
check_rules(const struct applying *applying)
{
	struct config *config = applying->config;
	enum log_level level;

	if (config->heartbeat_seconds >= config->ttl_seconds)
		add_wrong(applying, "presence.heartbeat_seconds",
		    "must be less than presence.ttl_seconds");
	if (!log_level_parse(config->log_level, &level))
		add_wrong(applying, "log.level",
		    "must be error, warn, info or debug");
	if (strcmp(config->site_address, "root") != 0 &&
	    strcmp(config->site_address, "path") != 0)
		add_wrong(applying, "site.address", "must be root or path");
	if (strcmp(config->port_mapping, "auto") != 0 &&
	    strcmp(config->port_mapping, "off") != 0)
		add_wrong(applying, "p2p.port_mapping", "must be auto or off");
	check_rendezvous(applying);
	normalise_http_addr(config);
	if (config->http_addr[0] != '\0' &&
	    !is_host_and_port(config->http_addr))
		add_wrong(applying, "viewer.http_addr",
		    "must be an address and a port, like 127.0.0.1:8080");
	if (config->label[0] == '\0') { /* as the original does at run time */
		free(config->label);
		config->label = xstrdup(config_key_find("profile.label")->text);
	}
}

int
config_apply(const struct config_tree *tree, struct config *ret,
    struct config_problems *problems)
{
	struct applying applying = { tree, ret, problems };
	const char *section;
	json_t *object;

	set_defaults(ret);
	json_object_foreach(tree->root, section, object)
	{
		apply_section(&applying, section, object);
	}
	check_rules(&applying);
	if (problems->errors == 0)
		return 0;
	config_fini(ret);
	return -EINVAL;
}
