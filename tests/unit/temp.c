// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is killed, aborts or is ended by a sanitizer has no time to clean up. So
 * another process does it, which waits for the end of a pipe that only we hold.
 */
#include "temp.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* not in our session: a time limit is for all processes of its group */
static _Noreturn void sweep(int end, const char *dir)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* whoever reads what the test says does not wait for this one */
	if (setsid() < 0 || null < 0 || dup2(end, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		_exit(1);
	execl("/bin/sh", "sh", "-c", "read -r _; rm -rf -- \"$0\"", dir,
	      (char *)NULL);
	_exit(1);
}

const char *temp_folder(void)
{
	static char dir[64];
	const char *under = getenv("TMPDIR");
	int ends[2];
	pid_t pid;

	if (dir[0])
		return dir;
	snprintf(dir, sizeof(dir), "%s/btns-unit-XXXXXX",
		 under && *under ? under : "/tmp");
	if (!mkdtemp(dir) || pipe2(ends, O_CLOEXEC))
		abort();
	pid = fork();
	if (pid < 0)
		abort();
	if (!pid)
		sweep(ends[0], dir);
	/* the other end is closed when we are no more */
	close(ends[0]);
	return dir;
}

const char *temp_path(const char *name)
{
	static char path[8][TEMP_PATH_MAX];
	static unsigned int which;
	char *p = path[which++ % 8];

	if (snprintf(p, TEMP_PATH_MAX, "%s/%s", temp_folder(), name) >=
	    TEMP_PATH_MAX)
		abort();
	return p;
}
