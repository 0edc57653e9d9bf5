#include "goop-viewerd/answers/answer_headers.h"

#include <stdio.h>

/* Our pages may not turn text into HTML: no markup sinks at all. */
static const char owner_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; worker-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types goop-feed";

static const char site_policy[] =
    "default-src 'none'; "
    "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-src 'self'; "
    "manifest-src 'self'; form-action 'self'; frame-ancestors 'self'; "
    "base-uri 'self'";

static const char site_permissions[] =
    "accelerometer=(), ambient-light-sensor=(), bluetooth=(), camera=(), "
    "clipboard-read=(), display-capture=(), encrypted-media=(), "
    "geolocation=(), gyroscope=(), hid=(), idle-detection=(), "
    "local-fonts=(), local-network-access=(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), publickey-credentials-get=(), "
    "screen-wake-lock=(), serial=(), storage-access=(), usb=(), "
    "window-management=(), xr-spatial-tracking=()";

static void
put_common(struct http_request *request, const char *policy)
{
	(void)http_header(request, "Content-Security-Policy", policy);
	(void)http_header(request, "X-Content-Type-Options", "nosniff");
	(void)http_header(request, "Referrer-Policy", "no-referrer");
	(void)http_header(request, "Cross-Origin-Opener-Policy", "same-origin");
	(void)http_header(
	    request, "Cross-Origin-Resource-Policy", "same-origin");
	(void)http_header(request, "Origin-Agent-Cluster", "?1");
	(void)http_header(request, "X-DNS-Prefetch-Control", "off");
}

void
answer_headers_owner(struct http_request *request)
{
	put_common(request, owner_policy);
	(void)http_header(request, "X-Frame-Options", "DENY");
}

void
answer_headers_site(struct http_request *request)
{
	put_common(request, site_policy);
	(void)http_header(request, "Permissions-Policy", site_permissions);
}

void
answer_headers_sandbox(struct http_request *request)
{
	put_common(request,
	    "default-src 'none'; form-action 'none'; base-uri 'none'; "
	    "frame-ancestors 'none'; sandbox");
	(void)http_header(request, "X-Frame-Options", "DENY");
}

void
answer_headers_problem(struct http_request *request, const char *style_hash)
{
	char policy[256];

	snprintf(policy, sizeof(policy),
	    "default-src 'none'; style-src 'sha256-%s'; form-action 'none'; "
	    "frame-ancestors 'none'; base-uri 'none'",
	    style_hash);
	put_common(request, policy);
	(void)http_header(request, "X-Frame-Options", "DENY");
	(void)http_header(request, "Cache-Control", "no-store");
}
