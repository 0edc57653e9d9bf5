#include "goop-viewerd/answers/error_page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/buffer.h"
#include "common/base/fault.h"
#include "common/http/server/http_asset.h"
#include "goop-viewerd/answers/answer_headers.h"
#include "goop-viewerd/answers/viewer_assets.h"

enum { PAGE_MAX = 32 * 1024, LINE_MAX = 512 };

static void
put(struct buffer *page, const char *text)
{
	if (buffer_append(page, bytes_of(text)) < 0)
		bug("problem page is too small");
}

static void
put_escaped(struct buffer *page, const char *text)
{
	char plain[2] = { 0 };

	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			put(page, "&amp;");
			break;
		case '<':
			put(page, "&lt;");
			break;
		case '>':
			put(page, "&gt;");
			break;
		case '"':
			put(page, "&quot;");
			break;
		default:
			plain[0] = *text;
			put(page, plain);
		}
	}
}

static const struct http_asset *
style(void)
{
	const struct http_asset *asset =
	    http_asset_find(viewer_assets, bytes_of("problem.css"));

	if (asset == NULL)
		bug("no style for problem pages");
	return asset;
}

static void
put_head(struct buffer *page, const struct problem *problem)
{
	put(page, "<!doctype html>\n<html lang=\"en\">\n"
		  "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
		  "content=\"width=device-width, initial-scale=1\">\n<title>");
	put_escaped(page, problem->title);
	put(page, "</title>\n<style>");
	if (buffer_append(page, http_asset_bytes(style())) < 0)
		bug("problem page is too small");
	put(page, "</style>\n");
}

static void
put_main(struct buffer *page, const struct problem *problem)
{
	char code[16];

	snprintf(code, sizeof(code), "%d", problem->status);
	put(page, "<main>\n<p class=\"code\">");
	put(page, code);
	put(page, "</p>\n<h1>");
	put_escaped(page, problem->title);
	put(page, "</h1>\n<p>");
	put_escaped(page, problem->advice);
	put(page, "</p>\n");
	if (problem->detail != NULL && *problem->detail != '\0') {
		put(page, "<p class=\"detail\">");
		put_escaped(page, problem->detail);
		put(page, "</p>\n");
	}
	if (problem->may_retry) /* the empty address is this page's */
		put(page,
		    "<p><a class=\"retry\" href=\"\">Try again</a></p>\n");
	put(page, "</main>\n");
}

static void
reply_page(struct http_request *request, const struct problem *problem)
{
	struct buffer page;

	buffer_init(&page, PAGE_MAX);
	put_head(&page, problem);
	put_main(&page, problem);
	answer_headers_problem(request, style()->hash);
	http_reply(request, problem->status, "text/html; charset=utf-8",
	    buffer_bytes(&page));
	buffer_fini(&page);
}

static void
reply_line(struct http_request *request, int status, const char *line)
{
	char text[LINE_MAX];
	int len = snprintf(text, sizeof(text) - 1, "%s", line);
	size_t used =
	    (size_t)len < sizeof(text) - 2 ? (size_t)len : sizeof(text) - 2;

	text[used++] = '\n';
	(void)http_header(request, "Cache-Control", "no-store");
	(void)http_header(request, "X-Content-Type-Options", "nosniff");
	(void)http_header(request, "Content-Security-Policy",
	    "default-src 'none'; frame-ancestors 'none'");
	http_reply(request, status, "text/plain; charset=utf-8",
	    (struct bytes){ (uint8_t *)text, used });
}

static bool
wants_page(const struct http_request *request)
{
	const char *accept = http_request_header(request, "Accept");

	return accept != NULL && strstr(accept, "text/html") != NULL;
}

void
error_page_reply(struct http_request *request, const struct problem *problem)
{
	char seconds[16], line[LINE_MAX];

	if (problem->retry_s > 0) {
		snprintf(seconds, sizeof(seconds), "%d", problem->retry_s);
		(void)http_header(request, "Retry-After", seconds);
		if (wants_page(request))
			(void)http_header(request, "Refresh", seconds);
	}
	if (wants_page(request)) {
		reply_page(request, problem);
		return;
	}
	snprintf(line, sizeof(line), "%s. %s%s%s", problem->title,
	    problem->advice, problem->detail != NULL ? " " : "",
	    problem->detail != NULL ? problem->detail : "");
	reply_line(request, problem->status, line);
}

void
error_page_reply_text(
    struct http_request *request, int status, const char *format, ...)
{
	char line[LINE_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	reply_line(request, status, line);
}

struct problem
error_page_restarting(void)
{
	return (struct problem){
		.status = 503,
		.title = "A part of Goop² is restarting",
		.advice =
		    "This takes a moment. The page reloads automatically.",
		.may_retry = true,
		.retry_s = 2,
	};
}

int
error_page_status(enum bus_code code)
{
	switch (code) {
	case BUS_BAD_REQUEST:
		return 400;
	case BUS_NOT_FOUND:
		return 404;
	case BUS_FORBIDDEN:
		return 403;
	case BUS_UNREACHABLE:
		return 502;
	case BUS_TIMEOUT:
		return 504;
	case BUS_BUSY:
		return 503;
	case BUS_RATE_LIMITED:
		return 429;
	case BUS_TOO_LARGE:
		return 502;
	default:
		return 500;
	}
}

struct problem
error_page_of_bus(enum bus_code code, const char *detail)
{
	static const struct problem by_code[] = {
		[BUS_BAD_REQUEST] = { .title = "This address is malformed",
		    .advice = "Check the link for typing errors." },
		[BUS_NOT_FOUND] = { .title = "Page not found",
		    .advice = "The peer answered, but its site has nothing "
			      "at this address." },
		[BUS_FORBIDDEN] = { .title = "This page is not for visitors",
		    .advice = "The peer does not serve it." },
		[BUS_UNREACHABLE] = { .title = "This peer cannot be reached",
		    .advice = "It may be switched off, on another network, "
			      "or behind a firewall. A site is online only "
			      "while its owner's computer is.",
		    .may_retry = true },
		[BUS_TIMEOUT] = { .title = "This peer did not answer in time",
		    .advice = "It is online, but slow or hung. Try again.",
		    .may_retry = true },
		[BUS_BUSY] = { .title = "Too many transfers",
		    .advice = "The limit of simultaneous transfers is reached.",
		    .may_retry = true,
		    .retry_s = 2 },
		[BUS_TOO_LARGE] = { .title = "The peer's answer is too large",
		    .advice = "Its version of Goop is too old to send a file "
			      "of this size." },
	};
	static const struct problem other = {
		.title = "Something went wrong here",
		.advice = "See the Logs page for details.",
		.may_retry = true,
	};
	struct problem problem = other;

	if ((size_t)code < ARRAY_SIZE(by_code) && by_code[code].title != NULL)
		problem = by_code[code];
	problem.status = error_page_status(code);
	problem.detail = detail;
	return problem;
}
