# SPDX-License-Identifier: BSD-2-Clause
#
# rblmirror: GNU make, no generated parts.
#
#   make                 the programs, in build/release/
#   make V=debug         another variant: release debug asan tsan fuzz cov
#   make coverage        line coverage of the parsers
#   make run             quick start: serve the sample lists on 127.0.0.1:5300
#   make check           lint, unit, model and torture tests, fuzz corpus replay
#   make test            everything, end-to-end tests included
#
# A directory is a module: every source file in it is built, every test_*.c and fuzz_*.c is run.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.DEFAULT_GOAL := all

# --- Variant -----------------------------------------------------------------------------------

V ?= release
ifeq ($(filter $(V),release debug asan tsan fuzz cov),)
$(error V=$(V): must be release, debug, asan, tsan, fuzz or cov)
endif
B := build/$(V)

# --- Where things are installed ----------------------------------------------------------------

PREFIX     ?= /usr/local
SBINDIR    ?= $(PREFIX)/sbin
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
EXAMPLEDIR ?= $(PREFIX)/share/rblmirror
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSCONFDIR ?= /etc

# --- Flags -------------------------------------------------------------------------------------

CC      := gcc
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wvla -Wformat=2 -Werror
HARDEN  := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection

OPT_release  := -O2 -g $(HARDEN)
OPT_debug    := -O0 -g3
OPT_asan     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
                -fno-omit-frame-pointer
OPT_tsan     := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
OPT_fuzz     := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
                -fno-omit-frame-pointer
OPT_cov      := -O0 -g --coverage -fprofile-update=atomic
LINK_cov     := --coverage
LINK_release := -Wl,-z,relro,-z,now
LINK_debug   :=
LINK_asan    := -fsanitize=address,undefined
LINK_tsan    := -fsanitize=thread
LINK_fuzz    := -fsanitize=address,undefined
ifeq ($(V),fuzz)
CC := clang-14
endif

# An image is one array of 64-bit cells in which 16-bit and 32-bit arrays lie too: types alias.
ALIAS    := -fno-strict-aliasing
CPPFLAGS := -D_GNU_SOURCE -DURCU_INLINE_SMALL_FUNCTIONS -iquote .
CFLAGS   := -std=c11 $(OPT_$(V)) $(ALIAS) -fPIE $(WARN) $(EXTRA_CFLAGS)
LDFLAGS  := -pie -Wl,--as-needed $(LINK_$(V)) $(EXTRA_LDFLAGS)

# --- Outside libraries, per program ------------------------------------------------------------

PKG_lib    := libconfuse libxxhash
PKG_loader := $(PKG_lib) zlib jansson libidn2 libcap-ng libseccomp
# Not linked with: the loader's children load them when there is something for them to do.
PKG_loaded := libcurl libarchive ldns
PKG_dnsd   := $(PKG_lib) liburcu-qsbr libsodium libcap-ng libseccomp
PKG_ctl    := $(PKG_lib) ldns jansson
PKG_tests  := $(PKG_loader) $(PKG_loaded) liburcu-qsbr libsodium check
PKG_bench  := $(PKG_loader) $(PKG_loaded) liburcu-qsbr libsodium

pkg = $(shell pkg-config $(1) 2>/dev/null)
CPPFLAGS    += $(call pkg,--cflags $(PKG_loader) $(PKG_loaded) liburcu-qsbr libsodium)
LIBS_loader := $(call pkg,--libs $(PKG_loader))
LIBS_loaded := $(call pkg,--libs $(PKG_loaded))
LIBS_dnsd   := $(call pkg,--libs $(PKG_dnsd)) -pthread
LIBS_ctl    := $(call pkg,--libs $(PKG_ctl))
LIBS_tests  := $(call pkg,--libs $(PKG_tests)) -pthread
LIBS_bench  := $(call pkg,--libs $(PKG_bench)) -pthread

# These targets install what is missing, or need nothing.
ifeq ($(filter run test clean format lint install-deps bench bench-full bench-readme,$(MAKECMDGOALS)),)
ifeq ($(and $(LIBS_loader),$(LIBS_loaded)),)
$(error Libraries are missing: run scripts/install-deps.sh)
endif
endif

# --- Modules -----------------------------------------------------------------------------------

modules = $(filter-out main,$(basename $(notdir $(wildcard $(1)/*.c))))
LIB_MODULES    := $(call modules,lib)
LOADER_MODULES := $(call modules,loader)
DNSD_MODULES   := $(call modules,dnsd)
CTL_MODULES    := $(call modules,ctl)

# --- Programs ----------------------------------------------------------------------------------

PROGRAMS := $(B)/rbl-dnsd $(B)/rbldnsd $(B)/rbl-loader $(B)/rblctl

all: $(PROGRAMS)

archive = $(B)/$(1).a: $(patsubst %,$(B)/$(1)/%.o,$(2))
$(eval $(call archive,lib,$(LIB_MODULES)))
$(eval $(call archive,loader,$(LOADER_MODULES)))
$(eval $(call archive,dnsd,$(DNSD_MODULES)))
$(eval $(call archive,ctl,$(CTL_MODULES)))

$(B)/%.a:
	@mkdir -p $(@D)
	rm -f $@
	ar rcsD $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Under which name a library that is loaded and not linked with will be found where it runs.
soname = '"$(shell objdump -p $$($(CC) -print-file-name=lib$(1).so) 2>/dev/null | \
    awk '$$1 == "SONAME" { print $$2 }')"'
$(B)/loader/fetch_http.o: CPPFLAGS += -DSONAME_CURL=$(call soname,curl)
$(B)/loader/archive.o: CPPFLAGS += -DSONAME_ARCHIVE=$(call soname,archive)
$(B)/loader/rr.o: CPPFLAGS += -DSONAME_LDNS=$(call soname,ldns)

link = $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)

$(B)/rbl-dnsd: $(B)/dnsd/main.o $(B)/dnsd.a $(B)/lib.a
	$(link) $(LIBS_dnsd)

# The name decides whose options the program takes.
$(B)/rbldnsd: $(B)/rbl-dnsd
	ln -sf $(<F) $@

$(B)/rbl-loader: $(B)/loader/main.o $(B)/loader.a $(B)/lib.a
	$(link) $(LIBS_loader)

$(B)/rblctl: $(B)/ctl/main.o $(B)/ctl.a $(B)/lib.a
	$(link) $(LIBS_ctl)

# --- Test programs -----------------------------------------------------------------------------

UNIT_LIB     := $(call modules,tests/unit/lib)
UNIT_LOADER  := $(call modules,tests/unit/loader)
UNIT_DNSD    := $(call modules,tests/unit/dnsd)
UNIT_CTL     := $(call modules,tests/unit/ctl)
MODEL        := $(call modules,tests/model)
TORTURE      := $(call modules,tests/torture)
FUZZ         := $(patsubst fuzz_%,%,$(filter fuzz_%,$(call modules,tests/fuzz)))
BENCH        := $(call modules,tests/bench)
E2E_PROGRAMS := $(call modules,tests/e2e)
SUPPORT      := $(call modules,tests/common)

TESTS_UNIT    := $(UNIT_LIB:%=$(B)/tests/unit/lib/%) $(UNIT_LOADER:%=$(B)/tests/unit/loader/%) \
                 $(UNIT_DNSD:%=$(B)/tests/unit/dnsd/%) $(UNIT_CTL:%=$(B)/tests/unit/ctl/%)
TESTS_MODEL   := $(MODEL:%=$(B)/tests/model/%)
TESTS_TORTURE := $(TORTURE:%=$(B)/tests/torture/%)
TESTS_FUZZ    := $(FUZZ:%=$(B)/tests/fuzz/fuzz_%)
PROGS_BENCH   := $(BENCH:%=$(B)/tests/bench/%)
PROGS_E2E     := $(E2E_PROGRAMS:%=$(B)/tests/e2e/%) $(B)/tests/compat/diff
TESTS         := $(TESTS_UNIT) $(TESTS_MODEL) $(TESTS_TORTURE) $(TESTS_FUZZ)

$(eval $(call archive,tests/common,$(SUPPORT)))

# Who uses stands before who is used.  Images to test with come from the loader's compiler.
ARCHIVES_LOADER := $(B)/tests/common.a $(B)/loader.a $(B)/lib.a
ARCHIVES_CTL    := $(B)/ctl.a $(ARCHIVES_LOADER)
ARCHIVES        := $(B)/tests/common.a $(B)/dnsd.a $(B)/loader.a $(B)/lib.a

$(UNIT_LIB:%=$(B)/tests/unit/lib/%): %: %.o $(ARCHIVES_LOADER)
	$(link) $(LIBS_tests)

$(UNIT_LOADER:%=$(B)/tests/unit/loader/%): %: %.o $(ARCHIVES_LOADER)
	$(link) $(LIBS_tests)

# Their allocations fail on demand: tests/common/shortage.h.
$(patsubst %,$(B)/tests/unit/%,loader/test_compile_oom loader/test_format_oom lib/test_conf_oom): \
    LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=free

$(UNIT_CTL:%=$(B)/tests/unit/ctl/%): %: %.o $(ARCHIVES_CTL)
	$(link) $(LIBS_tests)

$(UNIT_DNSD:%=$(B)/tests/unit/dnsd/%) $(TESTS_MODEL) $(TESTS_TORTURE): %: %.o $(ARCHIVES)
	$(link) $(LIBS_tests)

# What its worker asks of the C library is counted.
$(B)/tests/unit/dnsd/test_udp_quiet: LDFLAGS += \
    -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free \
    -Wl,--wrap=pthread_mutex_lock,--wrap=recvmmsg,--wrap=sendmmsg

ifeq ($(V),fuzz)
$(TESTS_FUZZ): %: %.o $(ARCHIVES)
	$(link) -fsanitize=fuzzer $(LIBS_bench)
else
$(TESTS_FUZZ): %: %.o $(B)/tests/fuzz/replay.o $(ARCHIVES)
	$(link) $(LIBS_bench)
endif

$(PROGS_BENCH): %: %.o $(ARCHIVES)
	$(link) $(LIBS_bench)

$(PROGS_E2E): %: %.o $(ARCHIVES)
	$(link) $(LIBS_tests)

# Preloaded into the programs under test, so it is built without what needs a runtime of its own.
$(B)/tests/shim/%.so: tests/shim/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -std=c11 -O2 -g -fPIC -shared $(WARN) -MMD -MP -o $@ $<

tests: $(TESTS)

e2e-programs: $(PROGRAMS) $(PROGS_E2E) $(PROGS_BENCH) $(B)/tests/shim/fault.so

# --- Running the tests -------------------------------------------------------------------------

RESULTS         ?=
# End-to-end tests run alone: they have servers, ports and the clock to themselves.
CPUS            := $(shell nproc 2>/dev/null || echo 1)
TORTURE_SECONDS ?= 3
FUZZ_SECONDS    ?= 60
# Single-threaded code has nothing to hide from ThreadSanitizer: it only must not be slow there.
TEST_ENV_tsan := MODEL_ZONES=20 DAMAGE_FLIPS=1000
TEST_ENV := $(TEST_ENV_$(V)) V=$(V) RBL_BUILD=$(B) TORTURE_SECONDS=$(TORTURE_SECONDS)
RUN_TESTS = $(TEST_ENV) scripts/run-tests.sh --label $(V) $(if $(RESULTS),--results $(RESULTS))

check: lint check-run

check-run: $(PROGRAMS) $(TESTS)
	@$(RUN_TESTS) --jobs $(CPUS) --timeout 1200 $(TESTS_UNIT) $(TESTS_MODEL) $(TESTS_TORTURE) \
	    $(foreach f,$(FUZZ),"$(B)/tests/fuzz/fuzz_$(f) tests/fuzz/corpus/$(f)")

check-asan:
	@$(MAKE) --no-print-directory V=asan check-run

check-tsan:
	@$(MAKE) --no-print-directory V=tsan check-run

E2E := $(sort $(wildcard tests/e2e/test_*.sh tests/compat/test_*.sh))
e2e: e2e-programs $(TESTS_FUZZ)
	@$(RUN_TESTS) --timeout 1200 $(E2E)

test:
	@scripts/test.sh

fuzz:
	@$(MAKE) --no-print-directory V=fuzz fuzz-run

fuzz-run: $(TESTS_FUZZ)
	@scripts/fuzz.sh $(B) $(FUZZ_SECONDS) $(FUZZ)

# One test per target, short enough for make test.
fuzz-smoke: $(TESTS_FUZZ)
	@$(RUN_TESTS) --jobs $(CPUS) --timeout 120 $(foreach f,$(FUZZ),"scripts/fuzz.sh $(B) 3 $(f)")

# Old counts would add up with those of other code.
coverage:
	@$(MAKE) --no-print-directory V=cov coverage-run

coverage-run: $(TESTS_UNIT) $(TESTS_FUZZ)
	@find $(B) -name '*.gcda' -delete
	@$(RUN_TESTS) --timeout 240 $(TESTS_UNIT) \
	    $(foreach f,$(FUZZ),"$(B)/tests/fuzz/fuzz_$(f) tests/fuzz/corpus/$(f)")
	@scripts/coverage.sh $(B)

bench bench-full:
	@scripts/install-deps.sh --bench
	@$(MAKE) --no-print-directory all bench-programs
	@RBL_BUILD=$(B) tests/bench/run.sh $(if $(filter bench-full,$@),--full)

# What the README shows, from the last run.
bench-readme:
	install -m 644 -D -t tests/bench/plots build/bench/cost.svg build/bench/lists.svg \
	    build/bench/memory.svg
	@cat build/bench/table.md

bench-programs: $(PROGS_BENCH)

run:
	@scripts/run.sh

install-deps:
	@scripts/install-deps.sh

# --- Lint --------------------------------------------------------------------------------------

lint:
	@$(RUN_TESTS) --jobs $(CPUS) --timeout 120 scripts/check-layers.sh scripts/check-limits.sh \
	    scripts/check-rows.sh \
	    scripts/check-format.sh "scripts/check-docs.sh $(B)"

format:
	git ls-files '*.c' '*.h' | xargs clang-format-14 -i

# --- Install -----------------------------------------------------------------------------------

I := $(DESTDIR)
install: all
	install -d $(I)$(SBINDIR) $(I)$(BINDIR) $(I)$(EXAMPLEDIR)/zones $(I)$(UNITDIR) \
	    $(I)$(MANDIR)/man1 $(I)$(MANDIR)/man5 $(I)$(MANDIR)/man8 \
	    $(I)$(SYSCONFDIR)/rblmirror $(I)$(PREFIX)/lib/sysusers.d $(I)$(PREFIX)/lib/tmpfiles.d
	install -m 755 $(B)/rbl-dnsd $(B)/rbl-loader $(I)$(SBINDIR)/
	ln -sf rbl-dnsd $(I)$(SBINDIR)/rbldnsd
	install -m 755 $(B)/rblctl $(I)$(BINDIR)/
	install -m 644 ctl/rblctl.1 $(I)$(MANDIR)/man1/
	install -m 644 lib/rbldnsd.conf.5 $(I)$(MANDIR)/man5/
	install -m 644 dnsd/rbl-dnsd.8 dnsd/rbldnsd.8 loader/rbl-loader.8 $(I)$(MANDIR)/man8/
	install -m 644 rbldnsd.conf.example $(I)$(EXAMPLEDIR)/
	install -m 644 zones/*.conf $(I)$(EXAMPLEDIR)/zones/
	sed 's|/usr/local/sbin|$(SBINDIR)|' scripts/rblmirror.cron >$(I)$(EXAMPLEDIR)/rblmirror.cron
	install -m 644 scripts/rblmirror.sysusers $(I)$(PREFIX)/lib/sysusers.d/rblmirror.conf
	install -m 644 scripts/rblmirror.tmpfiles $(I)$(PREFIX)/lib/tmpfiles.d/rblmirror.conf
	for u in rbl-dnsd.service rbl-dnsd.socket rbl-loader.service rbl-loader.timer \
	    rbl-compile.service; do \
	    sed 's|@SBINDIR@|$(SBINDIR)|' scripts/$$u >$(I)$(UNITDIR)/$$u && \
	    chmod 644 $(I)$(UNITDIR)/$$u || exit 1; \
	done

clean:
	rm -rf build

.PHONY: coverage coverage-run all tests e2e-programs check check-run check-asan check-tsan e2e test fuzz fuzz-run fuzz-smoke bench bench-full \
    bench-programs bench-readme run install-deps lint format install clean

-include $(shell find $(B) -name '*.d' 2>/dev/null)
