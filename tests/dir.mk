# Unit tests lie as their subjects do: tests/unit/ROOM/X_test.c makes one
# program, $(O)/tests/X_test; tests/fuzz/X_fuzz.c makes one fuzz target.
.SECONDEXPANSION:
UNIT_SOURCES := $(shell find tests/unit -name '*_test.c')
UNIT_TESTS := $(basename $(notdir $(UNIT_SOURCES)))
FUZZERS    := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*_fuzz.c))
TEST_ARCHIVES = $(patsubst %,$(O)/lib%.a,$(PROGRAMS) $(LIBRARIES))
TEST_SUPPORT := $(patsubst %.c,$(O)/obj/%.o,$(wildcard tests/unit/support/*.c))
-include $(TEST_SUPPORT:.o=.d)
$(O)/tests/libsupport.a: $(TEST_SUPPORT)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcs $@ $^

define unit_test_rule
$(O)/tests/$(basename $(notdir $(1))): $(call obj,$(1))
-include $(patsubst %.c,$(O)/obj/%.d,$(1))
endef
$(foreach t,$(UNIT_SOURCES),$(eval $(call unit_test_rule,$(t))))
$(UNIT_TESTS:%=$(O)/tests/%): $(O)/tests/%: $(O)/tests/libsupport.a $$(TEST_ARCHIVES_BUILT)
	$(call say,LD,$*)
	@mkdir -p $(@D)
	$(Q)$(CC_USED) $(CFLAGS_USED) $(LDFLAGS_USED) -o $@ $(filter %/$*.o,$^) \
		-Wl,--start-group $(O)/tests/libsupport.a $(TEST_ARCHIVES) -Wl,--end-group \
		-lcmocka $(LDLIBS_ALL)

$(BUILD)/fuzz/bin/%: $(BUILD)/fuzz/obj/tests/fuzz/%.o $$(TEST_ARCHIVES_BUILT)
	$(call say,LD,$*)
	@mkdir -p $(@D)
	$(Q)$(CC_USED) $(CFLAGS_USED) -fsanitize=fuzzer $(LDFLAGS_USED) -o $@ $< \
		-Wl,--start-group $(TEST_ARCHIVES) -Wl,--end-group $(LDLIBS_ALL)

# Archives are built first unless ARCHIVES names the few that a test needs,
# so that a test can be run while another folder does not compile.
TEST_ARCHIVES_BUILT = $(if $(ARCHIVES),$(patsubst %,$(O)/lib%.a,$(ARCHIVES)),$(TEST_ARCHIVES))
ifneq ($(ARCHIVES),)
TEST_ARCHIVES = $(patsubst %,$(O)/lib%.a,$(ARCHIVES))
endif

.PHONY: test fuzz-build unit-build
unit-build: $(UNIT_TESTS:%=$(O)/tests/%)
test:
	$(Q)$(MAKE) --no-print-directory VARIANT=asan $(BUILD)/asan/tests/$(T)_test
	$(Q)$(BUILD)/asan/tests/$(T)_test
fuzz-build: $(FUZZERS:%=$(BUILD)/fuzz/bin/%)

# --- programs that benchmarks and scenarios use: tests/bench/X.c makes one
BENCH_TOOLS := $(patsubst tests/bench/%.c,$(O)/bench/%,$(wildcard tests/bench/*.c))
$(O)/bench/%: $(O)/obj/tests/bench/%.o $$(TEST_ARCHIVES_BUILT)
	$(call say,LD,$*)
	@mkdir -p $(@D)
	$(Q)$(CC_USED) $(CFLAGS_USED) $(LDFLAGS_USED) -o $@ $< \
		-Wl,--start-group $(TEST_ARCHIVES) -Wl,--end-group $(LDLIBS_ALL)
.PHONY: bench-tools
bench-tools: $(BENCH_TOOLS)
-include $(wildcard $(O)/obj/tests/*/*.d)
