# goop2-data: what goop2 becomes for sql, export and import.
PROGRAMS += goop2-data
SRC_goop2-data := \
	cli/data/export.c \
	cli/data/export_list.c \
	cli/data/export_zip.c \
	cli/data/import.c \
	cli/data/import_check.c \
	cli/data/import_target.c \
	cli/data/import_unpack.c \
	cli/data/interrupt.c \
	cli/data/main.c \
	cli/data/manifest.c \
	cli/data/out_file.c \
	cli/data/peer_database.c \
	cli/data/peer_file.c \
	cli/data/progress.c \
	cli/data/sha256.c \
	cli/data/sql.c \
	cli/data/sql_guard.c \
	cli/data/sql_output.c \
	cli/data/sql_text.c \
	cli/data/staging.c \
	cli/data/zip_in.c \
	cli/data/zip_out.c
LIBS_goop2-data := goop2 daemon bus config http libp2p proto base
LDLIBS_goop2-data := -larchive -lsqlite3 $(LDLIBS_goop2)
