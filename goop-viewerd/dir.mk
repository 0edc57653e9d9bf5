# PROGRAMS += goop-viewerd
SRC_goop-viewerd :=
LIBS_goop-viewerd := 
LDLIBS_goop-viewerd := 
