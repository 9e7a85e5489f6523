# SPDX-License-Identifier: GPL-2.0-or-later
# Small programs that the netns tests and the demo drive.

TEST_TOOLS_NAMES := chanbind tcpseq latchsock latchudp tcpsock sctpsock rawtcp \
	rawicmp rawsctp manysa manysock capgrep badnl badsockopt ikejunk failnth \
	sacpu memgrep forbid unitcalls
TEST_TOOLS += $(TEST_TOOLS_NAMES:%=$(O)/tests/tools/%)

$(TEST_TOOLS_NAMES:%=$(O)/tests/tools/%): $(O)/tests/tools/%: \
		$(O)/tests/tools/%.o $(O)/tests/tools/sockjson.o $(LIBBTNS)
	@mkdir -p $(@D)
	$(CC) $(BTNS_LDFLAGS) $(LDFLAGS) -o $@ $< $(O)/tests/tools/sockjson.o \
		$(LIBBTNS) $(LIBBTNS_LIBS) $(TOOL_LIBS) -ljansson

$(O)/tests/tools/unitcalls: TOOL_LIBS := -lseccomp

# one that is too big for a file
TORTURE_OBJ := $(patsubst %,$(O)/tests/tools/torture%.o,_plan _event _model \
	_watch _conn _xfrm _wire) $(O)/tests/tools/torture.o
TEST_TOOLS += $(O)/tests/tools/torture

$(O)/tests/tools/torture: $(TORTURE_OBJ) $(LIBBTNS)
	@mkdir -p $(@D)
	$(CC) $(BTNS_LDFLAGS) $(LDFLAGS) -o $@ $(TORTURE_OBJ) $(LIBBTNS) \
		$(LIBBTNS_LIBS) -pthread

# hostile input at random; nlfuzz looks with the module's own eyes
FUZZ_TOOLS := $(addprefix $(O)/tests/tools/, nlfuzz optfuzz ctlfuzz)
FUZZ_TOOLS_OBJ := $(addprefix $(O)/tests/tools/, mutate.o nltree.o nllatch.o)
TEST_TOOLS += $(FUZZ_TOOLS)

$(FUZZ_TOOLS): %: %.o $(FUZZ_TOOLS_OBJ) $(LIBBTNS)
	@mkdir -p $(@D)
	$(CC) $(BTNS_LDFLAGS) $(LDFLAGS) -o $@ $< $(FUZZ_TOOLS_OBJ) $(LIBBTNS) \
		$(LIBBTNS_LIBS)
