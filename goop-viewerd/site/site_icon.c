#include "goop-viewerd/site/site_icon.h"

#include "common/base/buffer.h"
#include "common/base/xalloc.h"

enum {
	CELLS = 5, /* each way; the right half mirrors the left */
	HUES = 360,
	ICON_MAX = 2048,
};

/* The last bytes of an id are those of its hash or key: any is as good. */
static unsigned int
id_byte(const struct peer_id *id, size_t i)
{
	return id->data[id->len - 1 - i % id->len];
}

static void
print_cells(const struct peer_id *id, struct buffer *svg)
{
	unsigned int x, y, from_left;

	for (y = 0; y < CELLS; y++) {
		for (x = 0; x < CELLS; x++) {
			from_left = x <= CELLS / 2 ? x : CELLS - 1 - x;
			if ((id_byte(id, 1 + y) >> from_left & 1) != 0)
				(void)buffer_printf(
				    svg, "M%u %uh1v1h-1z", x, y);
		}
	}
}

void
site_icon_reply(struct http_request *request, const struct peer_id *id)
{
	unsigned int hue = (id_byte(id, 0) << 8 | id_byte(id, 1)) % HUES;
	struct buffer svg;

	buffer_init(&svg, ICON_MAX);
	(void)buffer_printf(&svg,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" "
	    "viewBox=\"-1 -1 7 7\"><rect x=\"-1\" y=\"-1\" width=\"7\" "
	    "height=\"7\" rx=\"1.5\" fill=\"hsl(%u 60%% 92%%)\"/>"
	    "<path fill=\"hsl(%u 60%% 40%%)\" d=\"",
	    hue, hue);
	print_cells(id, &svg);
	(void)buffer_append(&svg, bytes_of("\"/></svg>\n"));
	(void)http_header(request, "Cache-Control", "no-cache");
	http_reply(request, 200, "image/svg+xml", buffer_bytes(&svg));
	buffer_fini(&svg);
}
