// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a jailed process can do and what kills it, and the parent that starts
 * another: each in a child of this program.
 */
#include "ktap.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "btnsd/jail.h"
#include "btnsd/watch.h"
#include "world.h"

static struct world w;

/* valgrind and sanitizers make system calls of their own */
static bool alone(void)
{
	const char *preload = getenv("LD_PRELOAD");

#ifdef __SANITIZE_ADDRESS__
	ktap_skip("a sanitizer's system calls are not btnsd's");
	return false;
#endif
	if (!preload || !strstr(preload, "vgpreload"))
		return true;
	ktap_skip("valgrind's system calls are not btnsd's");
	return false;
}

/* how a child ends that runs @fn in the jail */
static int jailed(void (*fn)(void))
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (jail_enter())
			_exit(77);
		fn();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static bool killed(void (*fn)(void))
{
	int status = jailed(fn);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static void run_program(void)
{
	execl("/bin/true", "true", NULL);
}

static void make_process(void)
{
	syscall(SYS_fork);
}

static void make_thread(void)
{
	syscall(SYS_clone, 0, 0, 0, 0, 0);
}

static void trace(void)
{
	ptrace(PTRACE_TRACEME, 0, 0, 0);
}

static void new_socket(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

static void netlink(void)
{
	socket(AF_NETLINK, SOCK_RAW, 0);
}

static void go_out(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	connect(0, (struct sockaddr *)&to, sizeof(to));
}

static void map_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	     0);
}

static void make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static void become(void)
{
	syscall(SYS_setuid, 0);
}

static void move_root(void)
{
	syscall(SYS_chroot, "/");
}

static void load_module(void)
{
	syscall(SYS_init_module, NULL, 0, "");
}

static void other_memory(void)
{
	syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0);
}

static void kill_other(void)
{
	syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static void forbidden(void)
{
	static const struct {
		const char *what;
		void (*fn)(void);
	} cases[] = {
		{ "execve", run_program },
		{ "fork", make_process },
		{ "clone", make_thread },
		{ "ptrace", trace },
		{ "socket of IPv4", new_socket },
		{ "netlink", netlink },
		{ "connect", go_out },
		{ "mmap of code", map_code },
		{ "mprotect to code", make_code },
		{ "setuid", become },
		{ "chroot", move_root },
		{ "init_module", load_module },
		{ "process_vm_readv", other_memory },
		{ "tgkill of another", kill_other },
	};
	size_t i;

	if (!alone())
		return;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!CHECK(killed(cases[i].fn)))
			ktap_note("%s", cases[i].what);
}

#define COUNT_MANY	16384
static unsigned int many[COUNT_MANY];

static int by_value(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

/* exchanges, rekeys, files that are written and renamed, another configuration */
static void live(void)
{
	struct lbtns_known_fault fault;
	struct lbtns_known known;
	char err[CONF_ERR_MAX];
	struct conf *c;

	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	world_advance(&w, 4000000);
	if (world_pairs(&w, 0, 1) != 1 || world_installed(&w, 0) != 2)
		_exit(3);
	c = conf_read_file(world_store_path(2, ""), err);
	if (!c || c->n_old_keys != 1 || btnsd_reload(&w.h[0].d, c))
		_exit(4);
	/* the files of its groups were read as well */
	if (w.h[0].d.conf->n_groups != 1)
		_exit(5);
	world_advance(&w, 4000000);
	if (world_pairs(&w, 0, 1) != 1)
		_exit(6);
	btnsd_goodbye(&w.h[1].d);
	world_advance(&w, 10000);
	if (lbtns_known_load(world_store_path(0, ".known"), &known, &fault) ||
	    known.n != 1 || known.entry[0].last < 1000)
		_exit(9);
	if (socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0)
		_exit(7);
	/* a full store is sorted, and a foreign file looked at */
	qsort(many, COUNT_MANY, sizeof(many[0]), by_value);
	if (many[0] > many[1] || geteuid() == (uid_t)-1)
		_exit(8);
}

static void allowed(void)
{
	char leap[160], both[200];
	char folder[] = "/tmp/btns-groups-XXXXXX", file[64];
	FILE *conf;
	int i, status;

	if (!alone())
		return;
	snprintf(leap, sizeof(leap),
		 "known = { mode = \"accept-new\"; file = \"%s\"; };",
		 world_store_path(0, ".known"));
	conf = fopen(world_store_path(2, ""), "w");
	CHECK(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/private", folder);
	/* an older key of ours is read then, too */
	key_free(world_key(0, KEY_ED25519));
	CHECK(conf &&
	      fprintf(conf,
		      "ike = { dpd = 60; };\n%s\ngroups = { files = \"%s\"; };\n",
		      leap, folder) > 0 &&
	      fprintf(conf, "identity = { old_keys = [ \"%s\" ]; };\n",
		      world_key_path(0, KEY_ED25519)) > 0 &&
	      !fclose(conf));
	snprintf(both, sizeof(both), "%s ike = { lifetime = 2000; };", leap);
	conf = fopen(file, "w");
	CHECK(conf && fputs("10.1.0.0/16\n", conf) >= 0 && !fclose(conf));
	world_init(&w);
	for (i = 0; i < 2; i++) {
		world_pad_any(&w, i);
		world_protect(&w, i);
		w.h[i].store = true;
		CHECK(world_up(&w, i, i ? KEY_RSA : KEY_ECDSA_P256,
			       i ? "ike = { lifetime = 2000; };" : both));
	}
	status = jailed(live);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 0);
	if (WIFSIGNALED(status))
		ktap_note("killed by signal %d", WTERMSIG(status));
	world_fini(&w);
	unlink(file);
	rmdir(folder);
}

/* ---- the parent --------------------------------------------------------- */

static int tell[2];

/* a program under watch that tells its number; the parent's is returned */
static pid_t program(bool leaves)
{
	pid_t pid = fork(), me;
	int ret;

	if (pid)
		return pid;
	ret = watch_run();
	if (ret >= 0)
		_exit(ret);
	me = getpid();
	if (write(tell[1], &me, sizeof(me)) != sizeof(me) || leaves)
		_exit(5);
	/* until a signal ends it */
	for (;;)
		pause();
}

static pid_t started(void)
{
	struct pollfd p = { .fd = tell[0], .events = POLLIN };
	pid_t pid = 0;

	if (poll(&p, 1, 10000) != 1)
		return 0;
	return read(tell[0], &pid, sizeof(pid)) == sizeof(pid) ? pid : 0;
}

static bool gone(pid_t pid)
{
	unsigned int ms = 5000;

	while (!kill(pid, 0) && ms--)
		usleep(1000);
	return kill(pid, 0) < 0;
}

static void watched(void)
{
	pid_t parent, one, two;
	int status = 0;

	/* a parent that does not do what it should ends all of this */
	alarm(60);

	CHECK(!pipe(tell));
	/* killed by a signal: another one comes, each time */
	parent = program(false);
	one = started();
	CHECK(one > 0 && !kill(one, SIGSYS));
	two = started();
	CHECK(two > 0 && two != one);
	CHECK(two > 0 && !kill(two, SIGKILL));
	one = started();
	CHECK(one > 0 && one != two);
	/* the parent hands SIGTERM on, and ends with its child */
	kill(parent, SIGTERM);
	CHECK_EQ(waitpid(parent, &status, 0), parent);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	CHECK(gone(one));

	/* one that ends by itself is not followed, and its status is told */
	parent = program(true);
	CHECK(started() > 0);
	CHECK_EQ(waitpid(parent, &status, 0), parent);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);

	/* who kills the parent does not leave the child behind */
	parent = program(false);
	one = started();
	kill(parent, SIGKILL);
	CHECK_EQ(waitpid(parent, &status, 0), parent);
	CHECK(gone(one));
	close(tell[0]);
	close(tell[1]);
	alarm(0);
}

int main(void)
{
	static const struct ktap_test tests[] = {
		{ "a system call that btnsd does not need kills it", forbidden },
		{ "what it needs is allowed", allowed },
		{ "who is killed is started anew", watched },
	};

	return KTAP_RUN(tests);
}
