#include "common/qr_code/qr_code.h"

#include <errno.h>

#include <qrencode.h>

enum { QUIET = 4 }; /* modules of light around it, section 6.3.8 */

/* Each run of dark modules in a row is one bar. */
static int
draw_row(const QRcode *code, int y, struct buffer *svg)
{
	const unsigned char *row = code->data + y * code->width;
	int x, end, rc = 0;

	for (x = 0; x < code->width && rc == 0; x = end + 1) {
		for (end = x; end < code->width && (row[end] & 1) != 0; end++)
			continue;
		if (end > x)
			rc = buffer_printf(svg, "M%d %dh%dv1h-%dz", x + QUIET,
			    y + QUIET, end - x, end - x);
	}
	return rc;
}

static int
draw(const QRcode *code, struct buffer *svg)
{
	int size = code->width + 2 * QUIET, y, rc;

	/* Dark on light in both themes: readers expect no other. */
	rc = buffer_printf(svg,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" "
	    "class=\"qr\" viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-label=\"QR code of the address\" "
	    "shape-rendering=\"crispEdges\"><path fill=\"#fff\" "
	    "d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"",
	    size, size, size, size);
	for (y = 0; y < code->width && rc == 0; y++)
		rc = draw_row(code, y, svg);
	return rc == 0 ? buffer_append(svg, bytes_of("\"/></svg>")) : rc;
}

int
qr_code_draw(const char *text, struct buffer *svg)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	int rc;

	if (code == NULL)
		return -E2BIG;
	rc = draw(code, svg);
	QRcode_free(code);
	return rc;
}
