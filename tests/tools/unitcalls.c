// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unitcalls FILE COMMAND...: run a command with the system calls whose names are in
 * the file, one a line; any other fails with EPERM, as under SystemCallFilter= and
 * SystemCallErrorNumber=EPERM of systemd. Names that this processor does not have
 * are passed over, as there.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what, int err)
{
	fprintf(stderr, "unitcalls: %s: %s\n", what, strerror(err));
	return 2;
}

static int allow(scmp_filter_ctx f, FILE *names)
{
	char name[64];
	int nr, err = 0;

	while (!err && fscanf(names, "%63s", name) == 1) {
		nr = seccomp_syscall_resolve_name(name);
		if (nr >= 0)
			err = seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 0);
	}
	return err;
}

int main(int argc, char **argv)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	FILE *names = argc > 2 ? fopen(argv[1], "re") : NULL;
	int err;

	if (!f || !names)
		return fail(argc > 2 ? argv[1] : "usage: FILE COMMAND...",
			    argc > 2 ? errno : EINVAL);
	err = allow(f, names);
	if (!err)
		err = seccomp_load(f);
	if (err)
		return fail("filter", -err);
	fclose(names);
	seccomp_release(f);
	execvp(argv[2], argv + 2);
	return fail(argv[2], errno);
}
