#!/bin/sh
# embed.sh FILE...: a C source on stdout that holds the files and asset_table.
set -eu
echo '#include "goop-viewerd/asset.h"'
number=0
for file; do
	cat <<END
__asm__(".pushsection .rodata\\n"
    ".global viewer_asset_$number\\nviewer_asset_$number:\\n"
    ".incbin \"$file\"\\n"
    ".global viewer_asset_end_$number\\nviewer_asset_end_$number:\\n"
    ".byte 0\\n.popsection\\n");
extern const uint8_t viewer_asset_$number[], viewer_asset_end_$number[];
END
	number=$((number + 1))
done
echo 'const struct asset asset_table[] = {'
number=0
for file; do
	digest=$(sha256sum "$file" | cut -c 1-64)
	base64=$(echo "$digest" | tr a-f A-F | basenc --base16 --decode | base64)
	printf '\t{ "%s", "\\"%.16s\\"", "%s", viewer_asset_%d, viewer_asset_end_%d },\n' \
		"${file##*/}" "$digest" "$base64" "$number" "$number"
	number=$((number + 1))
done
printf '\t{ 0 },\n};\n'
