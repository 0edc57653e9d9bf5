#include "cli/starter.h"

/* clang-format off */
#define STARTER_FILE(symbol, path) \
	__asm__(".pushsection .rodata." #symbol ",\"a\",@progbits\n" \
		"starter_" #symbol ":\n" \
		".incbin \"cli/starter/" path "\"\n" \
		"starter_" #symbol "_end:\n" \
		".popsection\n"); \
	extern const uint8_t starter_##symbol[] \
	    __attribute__((visibility("hidden"))); \
	extern const uint8_t starter_##symbol##_end[] \
	    __attribute__((visibility("hidden")));
/* clang-format on */
STARTER_FILE(index, "index.html")
STARTER_FILE(style, "style.css")

bool
starter_file_get(size_t number, struct starter_file *ret)
{
	const struct starter_file files[] = {
		{ "index.html", { starter_index, (size_t)(starter_index_end -
							  starter_index) } },
		{ "style.css", { starter_style, (size_t)(starter_style_end -
							 starter_style) } },
	};

	if (number >= sizeof(files) / sizeof(files[0]))
		return false;
	*ret = files[number];
	return true;
}
