#include "common/qr_code/qr_code.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <qrencode.h>

enum { SIZE_MAX_MODULES = 200 };

/* What the bars of the second path paint: a set of modules. */
static void
paint(const char *path, bool dark[SIZE_MAX_MODULES][SIZE_MAX_MODULES])
{
	int x, y, width, used, i;

	while (
	    sscanf(path, "M%d %dh%dv1h-%*dz%n", &x, &y, &width, &used) == 3) {
		for (i = 0; i < width; i++)
			dark[y][x + i] = true;
		path += used;
	}
	assert_true(strncmp(path, "\"/></svg>", 9) == 0);
}

static void
draws_every_module(void **state)
{
	static bool dark[SIZE_MAX_MODULES][SIZE_MAX_MODULES];
	const char *url = "https://goop.example.org:8787";
	QRcode *code = QRcode_encodeString8bit(url, 0, QR_ECLEVEL_M);
	struct buffer svg;
	const char *text;
	int x, y;

	(void)state;
	buffer_init(&svg, 64 * 1024);
	assert_int_equal(qr_code_draw(url, &svg), 0);
	assert_int_equal(
	    buffer_append(&svg, (struct bytes){ (const uint8_t *)"", 1 }), 0);
	text = (const char *)buffer_bytes(&svg).data;
	paint(strstr(text, "fill=\"#000\" d=\"") + 15, dark);
	for (y = 0; y < code->width + 8; y++) {
		for (x = 0; x < code->width + 8; x++) {
			bool is_code = x >= 4 && y >= 4 &&
				       x < code->width + 4 &&
				       y < code->width + 4;
			bool want = is_code &&
				    (code->data[(y - 4) * code->width + x - 4] &
					1) != 0;

			assert_int_equal(dark[y][x], want);
		}
	}
	QRcode_free(code);
	buffer_fini(&svg);
}

static void
refuses_what_no_code_holds(void **state)
{
	struct buffer svg;
	char text[4096];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	buffer_init(&svg, 1024 * 1024);
	assert_int_equal(qr_code_draw(text, &svg), -E2BIG);
	buffer_fini(&svg);
	buffer_init(&svg, 512);
	assert_int_equal(qr_code_draw("http://127.0.0.1:8787", &svg), -ENOBUFS);
	buffer_fini(&svg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_every_module),
		cmocka_unit_test(refuses_what_no_code_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
