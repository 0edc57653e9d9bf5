#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/file.h"
#include "common/base/xalloc.h"
#include "common/config/config.h"
#include "common/config/config_change.h"
#include "common/config/config_values.h"

/* --- a directory for each test */

static char directory[64];
static int dirfd;

static int
set_up(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/config_test.XXXXXX");
	assert_non_null(mkdtemp(directory));
	dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(dirfd, -1);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlinkat(dirfd, "goop.json", 0);
	unlinkat(dirfd, "goop.yaml", 0);
	assert_int_equal(rmdir(directory), 0); /* nothing else was left */
	close(dirfd);
	return 0;
}

static void
put(const char *name, const char *text)
{
	assert_int_equal(file_replace(dirfd, name, bytes_of(text), 0600), 0);
}

static char *
get(const char *name)
{
	uint8_t *text;
	size_t len;

	assert_int_equal(
	    file_read(dirfd, name, CONFIG_FILE_MAX, &text, &len), 0);
	return (char *)text;
}

static void
load(struct config *config)
{
	struct config_problems problems;
	const char *file;

	assert_int_equal(config_load(dirfd, config, &file, &problems), 0);
	assert_int_equal(problems.count, 0);
	config_problems_fini(&problems);
}

/* --- problems */

#define TEXT_32  "goop.presence.v1.0123456789.abcd"
#define TEXT_128 TEXT_32 TEXT_32 TEXT_32 TEXT_32

static const struct {
	const char *name, *file, *text;
	const char *want; /* all problems as they are printed */
} problem_cases[] = {
	{ "unknown key", "goop.json", "{\n\"presence\":{\n\"ttl_second\":3}}",
	    "goop.json:3: warning: presence.ttl_second: unknown, has no "
	    "effect; did you mean \"presence.ttl_seconds\"?\n" },
	{ "unlike any", "goop.json", "{\"viewer\":{\"xyzzyxyzzy\":3}}",
	    "goop.json:1: warning: viewer.xyzzyxyzzy: unknown, has no "
	    "effect\n" },
	{ "unknown section", "goop.json", "{\n\n\"presense\":{}}",
	    "goop.json:3: warning: presense: unknown, has no effect; did "
	    "you mean \"presence\"?\n" },
	{ "a section of ours alone", "goop.json",
	    "{\"data\":{\"visitors_max_mib\":5},\"site\":{\"address\":\"path\"}"
	    "}",
	    "" },
	{ "neither root nor path", "goop.json",
	    "{\"site\":{\"address\":\"/x\"}}",
	    "goop.json:1: site.address: must be root or path\n" },
	{ "wrong type", "goop.json", "{\"p2p\":\n{\"listen_port\":\"80\"}}",
	    "goop.json:2: p2p.listen_port: must be a whole number, not a "
	    "text\n" },
	{ "neither auto nor off", "goop.json",
	    "{\"p2p\":\n{\"port_mapping\":\"on\"}}",
	    "goop.json:2: p2p.port_mapping: must be auto or off\n" },
	{ "fraction", "goop.json", "{\"p2p\":{\"listen_port\":1.5}}",
	    "goop.json:1: p2p.listen_port: must be a whole number, not a "
	    "fraction\n" },
	{ "wrong switch", "goop.json", "{\"viewer\":{\"video_disabled\":1}}",
	    "goop.json:1: viewer.video_disabled: must be true or false, not "
	    "a number\n" },
	{ "wrong list", "goop.json", "{\"viewer\":{\"allow_users\":[1]}}",
	    "goop.json:1: viewer.allow_users: must be a list of texts, not "
	    "a list\n" },
	{ "wrong type without effect", "goop.json",
	    "{\"lua\":{\"enabled\":\"yes\"}}",
	    "goop.json:1: lua.enabled: must be true or false, not a text\n" },
	{ "out of range", "goop.json", "{\"p2p\":{\"listen_port\":65536}}",
	    "goop.json:1: p2p.listen_port: 65536 is not from 0 to 65535\n" },
	{ "two errors", "goop.json",
	    "{\"p2p\":{\"listen_port\":-1,\n\"mdns_tag\":\" \"}}",
	    "goop.json:1: p2p.listen_port: -1 is not from 0 to 65535\n"
	    "goop.json:2: p2p.mdns_tag: must not be empty\n" },
	{ "longest topic", "goop.json",
	    "{\"presence\":{\"topic\":\"" TEXT_128 "\"}}", "" },
	{ "topic that pubsub does not take", "goop.json",
	    "{\"presence\":{\"topic\":\"" TEXT_128 "+\"}}",
	    "goop.json:1: presence.topic: is longer than 128 bytes\n" },
	{ "heartbeat and ttl", "goop.json",
	    "{\"presence\":{\"ttl_seconds\":5,\n\"heartbeat_seconds\":5}}",
	    "goop.json:2: presence.heartbeat_seconds: must be less than "
	    "presence.ttl_seconds\n" },
	{ "grace falls back", "goop.json",
	    "{\"viewer\":{\"peer_offline_grace_min\":61}}",
	    "goop.json:1: warning: viewer.peer_offline_grace_min: 61 is not "
	    "from 1 to 60; 15 is used\n" },
	{ "server only, but no server", "goop.json",
	    "{\"presence\":{\"rendezvous_only\":true}}",
	    "goop.json:1: presence.rendezvous_only: needs "
	    "presence.rendezvous_host\n" },
	{ "bind and URLs", "goop.json",
	    "{\"presence\":{\"rendezvous_bind\":\"localhost\",\n"
	    "\"rendezvous_wan\":\"ftp://"
	    "example.org\",\n\"external_url\":\"x\"}}",
	    "goop.json:1: presence.rendezvous_bind: must be an IP address, "
	    "like 127.0.0.1, 0.0.0.0 or ::\n"
	    "goop.json:2: presence.rendezvous_wan: must start with http:// or "
	    "https://\n"
	    "goop.json:3: presence.external_url: must start with http:// or "
	    "https://\n" },
	{ "two servers", "goop.json",
	    "{\"presence\":{\"rendezvous_wan\":\"http://a,http://b\"}}",
	    "goop.json:1: presence.rendezvous_wan: has a comma in it: only one "
	    "server can be named\n" },
	{ "port of a server", "goop.json",
	    "{\"presence\":{\"rendezvous_wan\":\"http://a:99999\"}}",
	    "goop.json:1: presence.rendezvous_wan: has a port in it that is "
	    "not a number from 1 to 65535\n" },
	{ "space around a server", "goop.json",
	    "{\"presence\":{\"rendezvous_wan\":\" HTTP://a \"}}", "" },
	{ "trusted proxies", "goop.json",
	    "{\"presence\":{\"trusted_proxies\":[\"10.0.0.0/8\",\"::1\","
	    "\"caddy\",\"10.0.0.0/33\"]}}",
	    "goop.json:1: presence.trusted_proxies: item 3 must be an IP "
	    "address or a network, like 127.0.0.1 or 10.0.0.0/8\n"
	    "goop.json:1: presence.trusted_proxies: item 4 must be an IP "
	    "address or a network, like 127.0.0.1 or 10.0.0.0/8\n" },
	{ "password as hash, key without certificate", "goop.json",
	    "{\"presence\":{\"admin_password_hash\":\"hush\",\n"
	    "\"tls_key\":\"a.pem\"}}",
	    "goop.json:1: presence.admin_password_hash: must be what goop2 "
	    "hash-password prints\n"
	    "goop.json: presence.tls_cert: needs presence.tls_key, and the "
	    "other way round\n" },
	{ "level", "goop.json", "{\"log\":{\"level\":\"loud\"}}",
	    "goop.json:1: log.level: must be error, warn, info or debug\n" },
	{ "address", "goop.json", "{\"viewer\":{\"http_addr\":\"8080\"}}",
	    "goop.json:1: viewer.http_addr: must be an address and a port, "
	    "like 127.0.0.1:8080\n" },
	{ "section is no object", "goop.json", "{\n\"p2p\":3}",
	    "goop.json:2: p2p: must be an object, not a number\n" },
	{ "no object", "goop.json", "[]",
	    "goop.json:1: the file must hold one object: {...}\n" },
	{ "no JSON", "goop.json", "{\n\"p2p\":}",
	    "goop.json:2: unexpected token near '}'\n" },
	{ "empty", "goop.json", "",
	    "goop.json:1: '[' or '{' expected near end of file\n" },
	{ "a key twice", "goop.json",
	    "{\"p2p\":{\"listen_port\":1,\n\"listen_port\":2}}",
	    "goop.json:2: duplicate object key near '\"listen_port\"'\n" },
	{ "a key twice but for case", "goop.json",
	    "{\"p2p\":{\"listen_port\":1,\n\"Listen_Port\":2}}",
	    "goop.json:2: p2p.Listen_Port: stands there twice, in different "
	    "case\n" },
	{ "hostile key", "goop.json", "{\"p2p\":{\"\\u001b[1m\":1}}",
	    "goop.json: warning: p2p.?[1m: unknown, has no effect\n" },
	{ "YAML: unknown key", "goop.yaml", "p2p:\n  listen_prt: 3\n",
	    "goop.yaml:2: warning: p2p.listen_prt: unknown, has no effect; "
	    "did you mean \"p2p.listen_port\"?\n" },
	{ "YAML: number for text", "goop.yaml", "profile:\n  label: 17\n",
	    "goop.yaml:2: profile.label: must be a text in quotes, not a "
	    "number\n" },
	{ "YAML: no is a text", "goop.yaml",
	    "viewer:\n\n  video_disabled: no\n",
	    "goop.yaml:3: viewer.video_disabled: must be true or false, not "
	    "a text\n" },
	{ "YAML: alias", "goop.yaml", "p2p: &a\n  x: 1\npaths: *a\n",
	    "goop.yaml:3: aliases (*name) are not supported\n" },
	{ "YAML: a key twice", "goop.yaml", "p2p:\n  a: 1\n  a: 2\n",
	    "goop.yaml:3: a key stands twice\n" },
	{ "YAML: a map as key", "goop.yaml", "{a: 1}: 2\n",
	    "goop.yaml:1: a key must be a text\n" },
	{ "YAML: two documents", "goop.yaml", "p2p: {}\n---\np2p: {}\n",
	    "goop.yaml:2: more than one document\n" },
	{ "YAML: a list", "goop.yaml", "- p2p\n",
	    "goop.yaml:1: the file must hold one map of sections\n" },
	{ "YAML: nested", "goop.yaml", "a: [[[[[[[[[1]]]]]]]]]\n",
	    "goop.yaml:1: nested too deep\n" },
	{ "YAML: broken", "goop.yaml", "p2p: {\n",
	    "goop.yaml:2: did not find expected node content\n" },
};

static void
test_problems(void **state)
{
	struct config_problems problems;
	struct config config;
	const char *file;
	char *text = NULL;
	size_t i, k, len;
	FILE *to;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(problem_cases); i++) {
		print_message("%s\n", problem_cases[i].name);
		unlinkat(dirfd, "goop.json", 0);
		put(problem_cases[i].file, problem_cases[i].text);
		rc = config_load(dirfd, &config, &file, &problems);
		assert_int_equal(rc, problems.errors > 0 ? -EINVAL : 0);
		to = open_memstream(&text, &len);
		for (k = 0; k < problems.count; k++)
			config_problem_print(&problems.items[k], file, to);
		fclose(to);
		assert_string_equal(text, problem_cases[i].want);
		free(text);
		if (rc == 0)
			config_fini(&config);
		config_problems_fini(&problems);
	}
}

static void
test_many_problems(void **state)
{
	struct config_problems problems;
	struct config config;
	const char *file;
	char *text = xstrdup("{\"p2p\":{\"listen_port\":\"x\"");
	char *longer;
	int i;

	(void)state;
	for (i = 0; i < 2 * CONFIG_PROBLEMS_MAX; i++) {
		longer = xasprintf("%s,\"k%d\":0", text, i);
		free(text);
		text = longer;
	}
	longer = xasprintf("%s}}", text);
	put("goop.json", longer);
	assert_int_equal(
	    config_load(dirfd, &config, &file, &problems), -EINVAL);
	assert_int_equal(problems.count, CONFIG_PROBLEMS_MAX);
	config_problems_fini(&problems);
	free(longer);
	free(text);
}

static void
test_unreadable(void **state)
{
	struct config_problems problems;
	struct config config;
	const char *file;

	(void)state;
	assert_int_equal(mkdirat(dirfd, "goop.json", 0700), 0);
	assert_int_equal(
	    config_load(dirfd, &config, &file, &problems), -EINVAL);
	assert_string_equal(
	    problems.items[0].reason, "cannot be read: Is a directory");
	config_problems_fini(&problems);
	unlinkat(dirfd, "goop.json", AT_REMOVEDIR);
}

/* --- what is right */

static void
test_defaults(void **state)
{
	struct config_problems problems;
	struct config config;
	const char *file = "x";

	(void)state;
	assert_int_equal(config_load(dirfd, &config, &file, &problems), 0);
	assert_null(file);
	assert_string_equal(config.key_file, "data/identity.key");
	assert_string_equal(config.label, "hello");
	assert_string_equal(config.http_addr, "127.0.0.1:8080");
	assert_int_equal(config.ttl_seconds, 20);
	assert_int_equal(config.peer_offline_grace_min, 15);
	assert_false(config.video_disabled);
	assert_int_equal(config.allow_users.count, 0);
	config_fini(&config);
}

static const struct {
	const char *name, *file, *text;
} same_cases[] = {
	{ "JSON", "goop.json",
	    "{\"P2P\":{\"Listen_Port\":4001,\"mdns_tag\":null},"
	    "\"profile\":{\"label\":\"Al\\u00efce\"},"
	    "\"viewer\":{\"http_addr\":\":9\",\"allow_users\":[\"bob\"],"
	    "\"video_disabled\":true},\"lua\":{\"enabled\":true}}" },
	{ "with a byte order mark", "goop.json",
	    "\xef\xbb\xbf{\"p2p\":{\"listen_port\":4001},"
	    "\"profile\":{\"label\":\"Al\u00efce\"},"
	    "\"viewer\":{\"http_addr\":\"0.0.0.0:9\","
	    "\"allow_users\":[\"bob\"],\"video_disabled\":true}}" },
	{ "YAML", "goop.yaml",
	    "# comment\np2p:\n  listen_port: 4001\n  mdns_tag: ~\n"
	    "profile: {label: Al\u00efce}\nviewer:\n"
	    "  http_addr: \"127.0.0.1:9\"\n"
	    "  allow_users:\n  - bob\n  video_disabled: true\n" },
	{ "YAML with a byte order mark", "goop.yaml",
	    "\xef\xbb\xbfp2p: {listen_port: +4001}\n"
	    "profile: {label: 'Al\u00efce'}\n"
	    "viewer: {http_addr: '127.0.0.1:9', allow_users: [!!str bob], "
	    "video_disabled: True}\n" },
};

static void
test_same_meaning(void **state)
{
	struct config config;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(same_cases); i++) {
		print_message("%s\n", same_cases[i].name);
		unlinkat(dirfd, "goop.json", 0);
		put(same_cases[i].file, same_cases[i].text);
		load(&config);
		assert_int_equal(config.listen_port, 4001);
		assert_string_equal(config.mdns_tag, "goop-mdns");
		assert_string_equal(config.label, "Al\u00efce");
		assert_string_equal(config.http_addr, "127.0.0.1:9");
		assert_int_equal(config.allow_users.count, 1);
		assert_string_equal(config.allow_users.items[0], "bob");
		assert_true(config.video_disabled);
		config_fini(&config);
	}
}

static void
test_empty_forms(void **state)
{
	static const char *const texts[] = { "", "# nothing\n", "---\n", "{}\n",
		"p2p:\n" };
	struct config config;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		put("goop.yaml", texts[i]);
		load(&config);
		assert_string_equal(config.label, "hello");
		config_fini(&config);
	}
	put("goop.json", "{\"profile\":{\"label\":\"\"},"
			 "\"viewer\":{\"http_addr\":\"\"},\"p2p\":null}");
	load(&config);
	assert_string_equal(config.label, "hello");
	assert_string_equal(config.http_addr, ""); /* no viewer */
	config_fini(&config);
}

/* --- printing and changing */

/* What is printed loads back to itself. */
static void
test_values_load_back(void **state)
{
	struct config_value *values, *again;
	size_t count, again_count, i;
	const char *dot;
	char *text;

	(void)state;
	put("goop.yaml", "profile: {label: 'a \"quoted\" label'}\n"
			 "viewer: {allow_users: [a, b], http_addr: ':1'}\n");
	assert_int_equal(config_values(dirfd, &values, &count), 0);
	for (i = 0; i < count; i++) {
		assert_non_null(values[i].help);
		assert_string_equal(values[i].from,
		    strstr("profile.label viewer.allow_users viewer.http_addr",
			values[i].key) != NULL
			? "goop.yaml"
			: "default");
	}
	/* One value a time, in a file of its own. */
	for (i = 0; i < count; i++) {
		dot = strchr(values[i].key, '.');
		text = xasprintf("{\"%.*s\":{\"%s\":%s}}",
		    (int)(dot - values[i].key), values[i].key, dot + 1,
		    values[i].text);
		put("goop.json", text);
		free(text);
		assert_int_equal(config_values(dirfd, &again, &again_count), 0);
		assert_int_equal(again_count, count);
		assert_string_equal(again[i].text, values[i].text);
		assert_string_equal(again[i].from, "goop.json");
		config_values_free(again, again_count);
	}
	config_values_free(values, count);
}

static const struct {
	const char *name, *values, *why;
} change_cases[] = {
	{ "not settable", "{\"p2p.listen_port\":1}",
	    "p2p.listen_port cannot be set here" },
	{ "unknown", "{\"a.b\":1}", "a.b cannot be set here" },
	{ "wrong type", "{\"profile.label\":1}",
	    "profile.label must be a text in quotes, not a number" },
	{ "no JSON", "{", "the values must be a JSON object" },
	{ "no object", "[1]", "the values must be a JSON object" },
};

static void
test_change_refused(void **state)
{
	static const char before[] = "{\"profile\":{\"label\":\"x\"}}";
	char *why, *after;
	size_t i;

	(void)state;
	put("goop.json", before);
	for (i = 0; i < ARRAY_SIZE(change_cases); i++) {
		print_message("%s\n", change_cases[i].name);
		assert_int_equal(config_change(dirfd,
				     bytes_of(change_cases[i].values), &why),
		    -EINVAL);
		assert_string_equal(why, change_cases[i].why);
		free(why);
		after = get("goop.json");
		assert_string_equal(after, before);
		free(after);
	}
	put("goop.json", "{\"p2p\":{\"listen_port\":\"x\"}}");
	assert_int_equal(
	    config_change(dirfd, bytes_of("{\"profile.label\":\"a\"}"), &why),
	    -EINVAL);
	assert_string_equal(
	    why, "p2p.listen_port must be a whole number, not a text");
	free(why);
}

/* The rest of the file stays, known or not. */
static void
test_change_keeps_the_rest(void **state)
{
	static const char values[] = "{\"profile.label\":\"Zo\u00eb\","
				     "\"viewer.hide_unverified\":true}";
	struct stat st;
	char *why, *text;

	(void)state;
	put("goop.json", "{\"mine\":{\"x\":[1,2.5,null]},"
			 "\"Profile\":{\"LABEL\":\"old\",\"nick\":\"n\"}}");
	assert_int_equal(config_change(dirfd, bytes_of(values), &why), 0);
	assert_null(why);
	text = get("goop.json");
	assert_string_equal(text,
	    "{\n  \"mine\": {\n    \"x\": [\n      1,\n      2.5,\n"
	    "      null\n    ]\n  },\n  \"Profile\": {\n"
	    "    \"LABEL\": \"Zo\u00eb\",\n    \"nick\": \"n\"\n  },\n"
	    "  \"viewer\": {\n    \"hide_unverified\": true\n  }\n}\n");
	free(text);
	assert_int_equal(fstatat(dirfd, "goop.json", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
test_change_of_yaml(void **state)
{
	struct config config;
	char *why, *text;

	(void)state;
	put("goop.yaml", "profile: {label: 'true'}\nmine: [1, 2.5, ~, '5']\n");
	assert_int_equal(config_change(dirfd,
			     bytes_of("{\"profile.email\":\"a: #b\"}"), &why),
	    0);
	text = get("goop.yaml");
	assert_string_equal(text,
	    "profile:\n  label: \"true\"\n  email: \"a: #b\"\nmine:\n"
	    "- 1\n- 2.5\n- null\n- \"5\"\n");
	free(text);
	unlinkat(dirfd, "goop.json", 0);
	put("goop.yaml", "profile: {label: x}\n");
	assert_int_equal(
	    config_change(dirfd, bytes_of("{\"profile.label\":\"no\"}"), &why),
	    0);
	load(&config);
	assert_string_equal(config.label, "no");
	config_fini(&config);
}

static void
test_create(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(config_create(dirfd, "\xff"), -EINVAL);
	assert_int_equal(config_create(dirfd, "Alice"), 0);
	load(&config);
	assert_string_equal(config.label, "Alice");
	config_fini(&config);
	assert_int_equal(config_create(dirfd, "Bob"), -EEXIST);
	unlinkat(dirfd, "goop.json", 0);
	put("goop.yaml", "");
	assert_int_equal(config_create(dirfd, "Bob"), -EEXIST);
}

/* A server's file does not say that it is one. */
static void
test_create_server(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(config_create_server(dirfd), 0);
	load(&config);
	assert_false(config.rendezvous_host);
	assert_false(config.rendezvous_only);
	assert_string_equal(config.peer_db_path, "cache/rendezvous.db");
	assert_int_equal(config.trusted_proxies.count, 2);
	config_fini(&config);
	assert_int_equal(config_create_server(dirfd), -EEXIST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_problems),
		TEST(test_many_problems),
		TEST(test_unreadable),
		TEST(test_defaults),
		TEST(test_same_meaning),
		TEST(test_empty_forms),
		TEST(test_values_load_back),
		TEST(test_change_refused),
		TEST(test_change_keeps_the_rest),
		TEST(test_change_of_yaml),
		TEST(test_create),
		TEST(test_create_server),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
