#include "goop-rendezvousd/endpoints/public_page.h"

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/fault.h"
#include "common/http/syntax/html.h"
#include "goop-rendezvousd/endpoints/answer.h"
#include "goop-rendezvousd/endpoints/page.h"
#include "common/qr_code/qr_code.h"

enum { MARKUP_MAX = 64 * 1024, NUMBER_SIZE = 24, FACTS_MAX = 24 };

static const char *
admin_link(const struct rendezvous *rendezvous)
{
	return admin_access_is_enabled(rendezvous->admin)
		   ? "<a href=\"admin\">Admin</a>"
		   : "";
}

static void
put(struct buffer *markup, const char *text)
{
	if (buffer_append(markup, bytes_of(text)) < 0)
		bug("public page: too much markup");
}

/* --- the page "/" */

static const char *
reach_of(const struct connect_urls *urls)
{
	switch (urls->reach) {
	case CONNECT_ANYWHERE:
		return "The address of this server, for peers and browsers.";
	case CONNECT_NETWORK:
		return "For all who can reach this machine: on the same "
		       "network, or from anywhere if the address is public.";
	case CONNECT_HERE_ALONE:
		return "For peers on this machine only: the server listens on "
		       "loopback. Set presence.rendezvous_bind, or put a proxy "
		       "in front and set presence.external_url.";
	default:
		return "This machine is on no network right now: only its own "
		       "peers can reach the server.";
	}
}

static void
put_urls(const struct connect_urls *urls, struct buffer *markup)
{
	size_t i;

	for (i = 0; i < urls->count; i++) {
		put(markup, "<li class=\"copy\"><code>");
		if (html_append_text(markup, urls->items[i]) < 0)
			bug("public page: a URL is too long");
		put(markup, "</code><button type=\"button\" data-copy>Copy"
			    "</button></li>");
	}
}

/* End the text with a NUL. */
static void
end_text(struct buffer *markup)
{
	if (buffer_append(markup, (struct bytes){ (const uint8_t *)"", 1 }) < 0)
		bug("public page: too much markup");
}

static const char *
text_of(const struct buffer *markup)
{
	return (const char *)buffer_bytes(markup).data;
}

void
serve_index(struct rendezvous *rendezvous, struct http_request *request)
{
	size_t count = roster_count(rendezvous->roster);
	struct buffer list, qr;
	struct connect_urls urls;
	char online[NUMBER_SIZE];

	rendezvous_urls(rendezvous, &urls);
	buffer_init(&list, MARKUP_MAX);
	buffer_init(&qr, MARKUP_MAX);
	put_urls(&urls, &list);
	if (urls.count > 0)
		(void)qr_code_draw(urls.items[0], &qr); /* or none */
	end_text(&list);
	end_text(&qr);
	snprintf(online, sizeof(online), "%zu", count);
	page_serve(request, "index.html",
	    (struct page_value[]){
		{ "admin_link", admin_link(rendezvous), true },
		{ "online", online, false },
		{ "noun", count == 1 ? "peer" : "peers", false },
		{ "urls", text_of(&list), true },
		{ "qr", text_of(&qr), true },
		{ "reach", reach_of(&urls), false },
		{ "first_url", urls.count > 0 ? urls.items[0] : "", false },
		{ "version", GOOP_VERSION, false },
		{ NULL, NULL, false },
	    });
	buffer_fini(&list);
	buffer_fini(&qr);
}

/* The page for those who were invited: the same for all, since who invites
 * stands behind the '#' of the address, which only the page's script sees. */
void
serve_join(struct rendezvous *rendezvous, struct http_request *request)
{
	page_serve(request, "join.html",
	    (struct page_value[]){
		{ "admin_link", admin_link(rendezvous), true },
		{ "version", GOOP_VERSION, false },
		{ NULL, NULL, false },
	    });
}

void
serve_online(struct rendezvous *rendezvous, struct http_request *request)
{
	char json[NUMBER_SIZE + 16];

	snprintf(json, sizeof(json), "{\"online\":%zu}\n",
	    roster_count(rendezvous->roster));
	answer_json(request, bytes_of(json));
}

/* --- docs */

/* Values of the page, and room for those that are numbers. */
struct facts {
	struct page_value values[FACTS_MAX];
	char numbers[FACTS_MAX][NUMBER_SIZE];
	size_t count;
};

static void
add_fact(struct facts *facts, const char *name, const char *text)
{
	if (facts->count + 1 == FACTS_MAX) /* the last entry ends the list */
		bug("docs: too many facts");
	facts->values[facts->count++] =
	    (struct page_value){ name, text, false };
}

static void
add_number(struct facts *facts, const char *name, int64_t value)
{
	char *text = facts->numbers[facts->count];

	snprintf(text, NUMBER_SIZE, "%lld", (long long)value);
	add_fact(facts, name, text);
}

static void
add_limits(struct facts *facts, const struct config *config)
{
	add_number(facts, "peers_max", config->rendezvous_peers_max);
	add_number(facts, "classic_max", config->rendezvous_classic_max);
	add_number(facts, "subscribers_per_address",
	    config->rendezvous_subscribers_per_address);
	add_number(facts, "publishes_per_minute",
	    config->rendezvous_publishes_per_minute);
	add_number(facts, "publishes_per_address",
	    config->rendezvous_publishes_per_address);
	add_number(facts, "port", config->rendezvous_port);
	add_number(facts, "stale_seconds", ROSTER_STALE_MS / 1000);
	add_number(facts, "activity_log_lines", ACTIVITY_LOG_LINES_MAX);
}

void
serve_docs(struct rendezvous *rendezvous, struct http_request *request)
{
	const struct config *config = rendezvous->context->config;
	struct facts facts = { .count = 0 };
	struct connect_urls urls;

	rendezvous_urls(rendezvous, &urls);
	add_fact(&facts, "admin_link", admin_link(rendezvous));
	facts.values[0].is_markup = true;
	add_fact(&facts, "version", GOOP_VERSION);
	add_fact(&facts, "first_url", urls.count > 0 ? urls.items[0] : "");
	add_fact(&facts, "kept",
	    rendezvous->store != NULL
		? " (also in a file, so that a restart loses no peers)"
		: "");
	add_limits(&facts, config);
	add_number(&facts, "subscribers_max", rendezvous->subscribers_max);
	page_serve(request, "docs.html", facts.values);
}

/* The original has a page for each subject. */
void
serve_docs_moved(struct rendezvous *rendezvous, struct http_request *request)
{
	static const char *const slugs[] = { "", "overview", "quickstart",
		"connecting", "configuration", "templates", "scripting",
		"groups", "advanced", "faq", "api", "executor", "sdk" };
	struct bytes path = http_request_path(request);
	size_t i;

	(void)rendezvous;
	(void)bytes_skip(&path, "/docs/");
	for (i = 0; i < ARRAY_SIZE(slugs); i++) {
		if (!bytes_equal(path, bytes_of(slugs[i])))
			continue;
		(void)http_header(request, "Location", "../docs");
		http_reply(request, 302, NULL, (struct bytes){ NULL, 0 });
		return;
	}
	answer_text(request, 404, "404 page not found");
}

/* --- files */

static void
serve_file(struct http_request *request, struct bytes name)
{
	const struct http_asset *asset =
	    http_asset_find(rendezvous_assets, name);

	if (asset == NULL || strstr(asset->name, ".html") != NULL) {
		answer_text(request, 404, "404 page not found");
		return;
	}
	answer_page_headers(request);
	http_asset_serve(request, asset);
}

void
serve_asset(struct rendezvous *rendezvous, struct http_request *request)
{
	struct bytes path = http_request_path(request);

	(void)rendezvous;
	(void)bytes_skip(&path, "/assets/");
	serve_file(request, path);
}

void
serve_icon(struct rendezvous *rendezvous, struct http_request *request)
{
	(void)rendezvous;
	serve_file(request, bytes_of("icon.svg"));
}
