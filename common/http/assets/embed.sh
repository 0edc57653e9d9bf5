#!/bin/sh
# embed.sh TABLE FILE...: a C source on stdout that holds the files, and a
# table of them (common/http/server/http_asset.h).
set -eu
table=$1
shift
echo '#include "common/http/server/http_asset.h"'
number=0
for file; do
	cat <<END
__asm__(".pushsection .rodata\\n"
    ".global ${table}_$number\\n${table}_$number:\\n"
    ".incbin \"$file\"\\n"
    ".global ${table}_end_$number\\n${table}_end_$number:\\n"
    ".byte 0\\n.popsection\\n");
extern const uint8_t ${table}_$number[], ${table}_end_$number[];
END
	number=$((number + 1))
done
echo "extern const struct http_asset $table[];"
echo "const struct http_asset $table[] = {"
number=0
for file; do
	digest=$(sha256sum "$file" | cut -c 1-64)
	base64=$(echo "$digest" | tr a-f A-F | basenc --base16 --decode | base64)
	printf '\t{ "%s", "\\"%.16s\\"", "%s", %s_%d, %s_end_%d },\n' \
		"${file##*/}" "$digest" "$base64" "$table" "$number" \
		"$table" "$number"
	number=$((number + 1))
done
printf '\t{ 0 },\n};\n'
