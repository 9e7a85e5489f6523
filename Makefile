# SPDX-License-Identifier: GPL-2.0-or-later
# btns: module, programs, tests. `make help` lists what there is.
#
# User space is built by this one make: each part has a fragment (X.mk) that
# appends to the lists below and gives its link rules, with paths relative to
# this folder. The module is built by the kernel's make in a copy, so that this
# tree stays clean and one tree serves many kernels.

O ?= build
KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
DESTDIR ?=

CC ?= cc
AR ?= ar
FUZZ_CC ?= clang
INSTALL ?= install
PKG_CONFIG ?= pkg-config

# a folder of the caller's may not become ours by a stray variable
override srctop := $(patsubst %/,%,$(dir $(abspath $(firstword $(MAKEFILE_LIST)))))

BTNS_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wvla -fstack-protector-strong \
	-fPIE -D_GNU_SOURCE -Iinclude -Iinclude/uapi -Iuserspace -I.
BTNS_LDFLAGS := -pie -Wl,-z,relro,-z,now
ifeq ($(WERROR),1)
BTNS_CFLAGS += -Werror
endif
ifeq ($(BTNS_TEST),1)
BTNS_CFLAGS += -DBTNS_TEST
endif
ifneq ($(SANITIZE),)
BTNS_CFLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer \
	-fno-sanitize-recover=all
BTNS_LDFLAGS += -fsanitize=$(SANITIZE)
else
BTNS_CFLAGS += -D_FORTIFY_SOURCE=2
endif
FUZZ_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer -D_GNU_SOURCE \
	-DBTNS_TEST -DBTNS_FUZZ -Iinclude -Iinclude/uapi -Iuserspace -I. \
	-fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all
FUZZ_LDFLAGS := -fsanitize=fuzzer,address,undefined

# the fragments append to these; paths are under $(O)
PROGRAMS :=
LIBS :=
UNIT_TESTS :=
TEST_TOOLS :=
FUZZERS :=
# installed beside the programs: manual pages, headers, pkg-config files
MANPAGES := $(wildcard Documentation/man/*.[1-8])
HEADERS :=
PKGCONFIGS :=

.PHONY: all programs module tests fuzzers help clean distclean check \
	check-fast demo style format install modules_install

all: programs module-if-possible

-include userspace/libbtns/libbtns.mk
-include userspace/btnsctl/btnsctl.mk
-include userspace/btnsd/btnsd.mk
-include tests/unit/unit.mk
-include tests/tools/tools.mk
-include tests/fuzz/fuzz.mk

programs: $(LIBS) $(PROGRAMS)

tests: programs $(UNIT_TESTS) $(TEST_TOOLS)

fuzzers: $(FUZZERS)

module:
	@tools/lib/module.sh '$(KDIR)' '$(O)/module'

.PHONY: module-if-possible
module-if-possible:
	@if [ -e '$(KDIR)/Makefile' ]; then \
		tools/lib/module.sh '$(KDIR)' '$(O)/module'; \
	else \
		echo "module not built: no kernel headers in $(KDIR):" \
			"install linux-headers-$$(uname -r) or give KDIR="; \
	fi

# one rule for every object; .pic.o for shared libraries, .fuzz.o for fuzzers
$(O)/%.pic.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BTNS_CFLAGS) -fPIC $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

$(O)/%.fuzz.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BTNS_CFLAGS) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

# what depends on where things will be installed is made anew when that changes
$(O)/.folders: FORCE
	@mkdir -p $(@D)
	@echo '$(PREFIX) $(LIBDIR) $(INCLUDEDIR)' | cmp -s - $@ || \
		echo '$(PREFIX) $(LIBDIR) $(INCLUDEDIR)' >$@

.PHONY: FORCE
FORCE:

# dependencies written by the compiler; found, so that no fragment lists them
-include $(shell test ! -d $(O) || find $(O)/userspace $(O)/tests $(O)/kernel \
	-name '*.d' 2>/dev/null)

# for scripts: make -s print-UNIT_TESTS
print-%:
	@echo $($*)

help:
	@echo 'Building (output in O=$(O)):'
	@echo '  make                  programs, and the module if kernel headers are there'
	@echo '  make programs         btnsd, btnsctl, libbtns'
	@echo '  make module           btns.ko for KDIR=$(KDIR)'
	@echo '  make tests            unit tests and the tools of the netns tests'
	@echo '  make fuzzers          libFuzzer programs (clang)'
	@echo '  make clean            remove what was built (distclean: all of O)'
	@echo 'Installing:'
	@echo '  make install          programs, library, headers, manual pages,'
	@echo '                        btnsd.service, and an example btnsd.conf where'
	@echo '                        there is none (DESTDIR= PREFIX=$(PREFIX)'
	@echo '                        SYSCONFDIR=$(SYSCONFDIR) UNITDIR=)'
	@echo '  make modules_install  btns.ko, and depmod (INSTALL_MOD_PATH=)'
	@echo 'Testing (see Documentation/testing.rst):'
	@echo '  make demo             tools/demo: the story, on this kernel or in QEMU'
	@echo '  make check            tools/check: every test, all rigs'
	@echo '  make check-fast       only what needs no other kernel, under a minute'
	@echo '  make style            the static tests: sparse, checkpatch, layers, ...'
	@echo '  make format FILES=... clang-format over some C files'
	@echo 'Variables: WERROR=1, SANITIZE=address,undefined (use another O with it),'
	@echo '  BTNS_TEST=1 (fault injection for tests), CC, CFLAGS, V=1 (module build)'

check:
	tools/check

check-fast:
	tools/check --fast

demo:
	tools/demo

style:
	tools/check static

# FILES=... : not the whole tree, clang-format unmakes aligned tables
format:
	clang-format -i $(FILES)

install: programs
	$(INSTALL) -d '$(DESTDIR)$(SBINDIR)' '$(DESTDIR)$(BINDIR)' \
		'$(DESTDIR)$(LIBDIR)/pkgconfig' '$(DESTDIR)$(INCLUDEDIR)/btns' \
		'$(DESTDIR)$(INCLUDEDIR)/linux'
	set -e; for p in $(PROGRAMS); do \
		$(INSTALL) -m 0755 $$p '$(DESTDIR)$(SBINDIR)'; done
	set -e; for l in $(LIBS); do \
		if [ -L $$l ]; then cp -P $$l '$(DESTDIR)$(LIBDIR)'; \
		else $(INSTALL) -m 0644 $$l '$(DESTDIR)$(LIBDIR)'; fi; done
	set -e; for h in $(HEADERS); do \
		$(INSTALL) -m 0644 $$h '$(DESTDIR)$(INCLUDEDIR)/btns'; done
	set -e; for p in $(PKGCONFIGS); do \
		$(INSTALL) -m 0644 $$p '$(DESTDIR)$(LIBDIR)/pkgconfig'; done
	$(INSTALL) -m 0644 include/uapi/linux/btns*.h \
		'$(DESTDIR)$(INCLUDEDIR)/linux'
	$(INSTALL) -d '$(DESTDIR)$(PREFIX)/share/bash-completion/completions'
	$(INSTALL) -m 0644 userspace/completion/btnsctl \
		'$(DESTDIR)$(PREFIX)/share/bash-completion/completions'
	set -e; for m in $(MANPAGES); do s=$${m##*.}; \
		$(INSTALL) -d '$(DESTDIR)$(MANDIR)'/man$$s; \
		$(INSTALL) -m 0644 $$m '$(DESTDIR)$(MANDIR)'/man$$s; done
	$(INSTALL) -d '$(DESTDIR)$(UNITDIR)'
	sed -e 's|/usr/local/sbin|$(SBINDIR)|' -e 's|/etc/btns|$(SYSCONFDIR)/btns|' \
		userspace/btnsd/btnsd.service >'$(DESTDIR)$(UNITDIR)/btnsd.service'
	$(INSTALL) -d -m 0700 '$(DESTDIR)$(SYSCONFDIR)/btns'
	[ -e '$(DESTDIR)$(SYSCONFDIR)/btns/btnsd.conf' ] || \
		$(INSTALL) -m 0600 userspace/btnsd/btnsd.conf \
			'$(DESTDIR)$(SYSCONFDIR)/btns'

modules_install: module
	env -u MAKEFLAGS -u MFLAGS -u O $(MAKE) -C '$(KDIR)' \
		M='$(abspath $(O)/module)' \
		$(if $(INSTALL_MOD_PATH),INSTALL_MOD_PATH='$(INSTALL_MOD_PATH)') \
		modules_install

clean:
	rm -rf $(O)/bin $(O)/lib $(O)/userspace $(O)/tests $(O)/kernel \
		$(O)/module $(O)/asan $(O)/ko

distclean:
	rm -rf $(O)
