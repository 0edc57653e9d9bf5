#include "tests/unit/support/server_scene.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <event2/bufferevent.h>
#include <openssl/ssl.h>

#include "common/base/array.h"
#include "common/http_client/http_client.h"

static const char certificate_path[] = "http_client_test.pem";
static const char directory_path[] = "http_client_test.d";
static const char directory_certificate[] = "http_client_test.d/one";

/* Trust what was made last. */
static SSL_CTX *
trusted_tls(const char *host)
{
	SSL_CTX *tls = scripted_tls(host, certificate_path);

	setenv("SSL_CERT_FILE", certificate_path, 1);
	assert_int_equal(http_client_open(), 0);
	return tls;
}

static void
say_script(struct scripted_connection *connection, const char *text, size_t len,
    void *arg)
{
	struct server_scene *scene = arg;

	(void)text;
	(void)len;
	scripted_say(connection, scene->events_headers);
	scripted_close(connection);
}

static void
test_https(void **state)
{
	/* clang-format off */
	static const struct { const char *name, *host, *url, *want; } cases[] = {
		{ "a name",      "localhost",  "https://localhost", NULL },
		{ "an address",  "127.0.0.1",  "https://127.0.0.1", NULL },
		{ "wrong name",  "other.test", "https://localhost", "the server's certificate is not valid: hostname mismatch" },
		{ "wrong address", "localhost", "https://127.0.0.1", "the server's certificate is not valid: IP address mismatch" },
	};
	/* clang-format on */
	struct server_scene scene;
	SSL_CTX *tls;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		tls = trusted_tls(cases[i].host);
		server_scene_init(&scene, server_scene_script);
		scene.server.tls = tls;
		scene.publishes = "{\"n\":1}";
		server_scene_join(&scene, cases[i].url);
		RUN_UNTIL(&scene, scene.ups + scene.downs == 1);
		if (cases[i].want == NULL) {
			RUN_UNTIL(&scene, scene.heard[0] != '\0');
			server_scene_say(&scene, WEBSOCKET_TEXT, "{}");
			RUN_UNTIL(&scene, scene.messages == 1);
			rendezvous_server_stop(scene.client,
			    bytes_of("{\"b\":1}"), server_scene_on_stopped,
			    &scene);
			RUN_UNTIL(&scene, scene.stops && scene.closes);
			assert_string_equal(scene.heard, "{\"b\":1}");
		} else if (strcmp(scene.down, cases[i].want) != 0) {
			fail_msg("%s: %s", cases[i].name, scene.down);
		}
		server_scene_fini(&scene);
		SSL_CTX_free(tls);
	}
}

/* Directories are read when it opens, not when the sandbox stands. */
static void
test_directory(void **state)
{
	SSL_CTX *tls = scripted_tls("localhost", certificate_path);
	struct server_scene scene;

	(void)state;
	assert_int_equal(mkdir(directory_path, 0700), 0);
	assert_int_equal(rename(certificate_path, directory_certificate), 0);
	setenv("SSL_CERT_FILE", "/dev/null", 1);
	setenv("SSL_CERT_DIR", "/nonexistent:http_client_test.d", 1);
	assert_int_equal(http_client_open(), 0);
	remove(directory_certificate);
	remove(directory_path);
	server_scene_init(&scene, server_scene_script);
	scene.server.tls = tls;
	server_scene_join(&scene, "https://localhost");
	RUN_UNTIL(&scene, scene.ups + scene.downs == 1);
	assert_string_equal(scene.down, "");
	server_scene_fini(&scene);
	SSL_CTX_free(tls);
	unsetenv("SSL_CERT_DIR");
}

/* Not signed by anybody whom the system trusts; or no TLS at all. */
static void
test_bad_https(void **state)
{
	struct server_scene scene;
	SSL_CTX *tls = scripted_tls("localhost", NULL);

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.server.tls = tls;
	server_scene_join(&scene, "https://localhost");
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_non_null(strstr(scene.down, "certificate is not valid: self"));
	server_scene_fini(&scene);
	SSL_CTX_free(tls);
	server_scene_init(&scene, say_script);
	scene.events_headers = "";
	server_scene_join(&scene, "https://localhost");
	rendezvous_server_set_patience(scene.client, PATIENCE_PERCENT);
	RUN_UNTIL(&scene, scene.downs == 1);
	server_scene_fini(&scene);
}

/* --- a proxy: it tunnels to the server of the scene, whatever is asked for */

struct proxy {
	struct scripted_server server;
	struct event_base *base;
	uint16_t to;
	int status;
	char request[256];
	struct bufferevent *out;
};

static void
proxy_on_back(struct bufferevent *bev, void *arg)
{
	struct scripted_connection *connection = arg;

	if (connection->bev != NULL)
		bufferevent_write_buffer(
		    connection->bev, bufferevent_get_input(bev));
}

static void
proxy_script(struct scripted_connection *connection, const char *text,
    size_t len, void *arg)
{
	struct proxy *proxy = arg;
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(proxy->to),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (connection->is_raw) {
		bufferevent_write(proxy->out, text, len);
		return;
	}
	snprintf(proxy->request, sizeof(proxy->request), "%s", text);
	if (proxy->status != 200) {
		server_scene_refuse(connection, proxy->status);
		return;
	}
	connection->is_raw = true;
	proxy->out =
	    bufferevent_socket_new(proxy->base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(proxy->out, proxy_on_back, NULL, NULL, connection);
	bufferevent_enable(proxy->out, EV_READ | EV_WRITE);
	bufferevent_socket_connect(
	    proxy->out, (struct sockaddr *)&to, sizeof(to));
	scripted_say(connection, "HTTP/1.1 200 Go\r\n\r\n");
}

static void
test_proxy(void **state)
{
	SSL_CTX *tls = trusted_tls("rendezvous.test");
	struct proxy proxy = { .status = 407 };
	struct server_scene scene;
	char url[64];

	(void)state;
	server_scene_init(&scene, server_scene_script);
	scene.server.tls = tls;
	proxy.base = scene.base;
	proxy.to = scene.server.port;
	scripted_server_init(
	    &proxy.server, scene.base, NULL, 0, proxy_script, &proxy);
	snprintf(url, sizeof(url), "http://me:secret@127.0.0.1:%u",
	    (unsigned int)proxy.server.port);
	setenv("https_proxy", url, 1);
	server_scene_join(&scene, "https://rendezvous.test");
	RUN_UNTIL(&scene, scene.downs == 1);
	assert_string_equal(scene.down, "the proxy 127.0.0.1 refuses (407)");
	proxy.status = 200;
	RUN_UNTIL(&scene, scene.ups == 1);
	assert_true(
	    strncmp(proxy.request, "CONNECT rendezvous.test:", 24) == 0);
	assert_non_null(strstr(
	    proxy.request, "\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n"));
	unsetenv("https_proxy");
	bufferevent_free(proxy.out);
	scripted_server_fini(&proxy.server);
	server_scene_fini(&scene);
	SSL_CTX_free(tls);
}

static int
tear_down(void **state)
{
	(void)state;
	remove(certificate_path);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_https),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_bad_https),
		cmocka_unit_test(test_proxy),
	};

	return cmocka_run_group_tests(tests, server_scene_set_up, tear_down);
}
