#include "cli/peer/starter.h"

#include "common/base/array.h"

/* clang-format off */
#define STARTER_FILE(symbol, path) \
	__asm__(".pushsection .rodata." #symbol ",\"a\",@progbits\n" \
		".balign 8\n" \
		"starter_" #symbol "_size: .quad 2f - 1f\n" \
		"starter_" #symbol ":\n" \
		"1: .incbin \"cli/starter/" path "\"\n" \
		"2:\n" \
		".popsection\n"); \
	extern const uint64_t starter_##symbol##_size \
	    __attribute__((visibility("hidden"))); \
	extern const uint8_t starter_##symbol[] \
	    __attribute__((visibility("hidden")));
/* clang-format on */
STARTER_FILE(index, "index.html")
STARTER_FILE(style, "style.css")
STARTER_FILE(guestbook, "guestbook.html")
STARTER_FILE(guestbook_style, "guestbook.css")
STARTER_FILE(guestbook_script, "guestbook.js")
STARTER_FILE(guestbook_schema, "schemas/guestbook.json")

bool
starter_file_get(size_t number, struct starter_file *ret)
{
	const struct starter_file files[] = {
		{ "index.html", { starter_index, starter_index_size } },
		{ "style.css", { starter_style, starter_style_size } },
		{ "guestbook.html",
		    { starter_guestbook, starter_guestbook_size } },
		{ "guestbook.css",
		    { starter_guestbook_style, starter_guestbook_style_size } },
		{ "guestbook.js", { starter_guestbook_script,
				      starter_guestbook_script_size } },
	};

	if (number >= ARRAY_SIZE(files))
		return false;
	*ret = files[number];
	return true;
}

struct starter_file
starter_schema_get(void)
{
	return (struct starter_file){ "schemas/guestbook.json",
		{ starter_guestbook_schema, starter_guestbook_schema_size } };
}
