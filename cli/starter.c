#include "cli/starter.h"

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

bool
starter_file_get(size_t number, struct starter_file *ret)
{
	const struct starter_file files[] = {
		{ "index.html", { starter_index, starter_index_size } },
		{ "style.css", { starter_style, starter_style_size } },
	};

	if (number >= sizeof(files) / sizeof(files[0]))
		return false;
	*ret = files[number];
	return true;
}
