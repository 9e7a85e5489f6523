// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a jailed process can do and what kills it, and the parent that starts
 * another: each in a child of this program.
 */
#include "ktap.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "btnsd/jail.h"
#include "btnsd/watch.h"
#include "temp.h"
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

/* the program that a broker may start */
static int exe = -1;

/* how a child ends that runs @fn in the jail */
static int jailed(enum jail who, void (*fn)(void))
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (jail_enter(who, exe))
			_exit(77);
		fn();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static bool killed(enum jail who, void (*fn)(void))
{
	int status = jailed(who, fn);

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

static void run_other(void)
{
	char *const argv[] = { "true", NULL };
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
}

static void run_by_name(void)
{
	char *const argv[] = { "true", NULL };

	syscall(SYS_execveat, exe, "/bin/true", argv, environ, 0);
}

static void open_file(void)
{
	open("/dev/null", O_RDONLY);
}

static void write_file(void)
{
	syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY);
}

static void delete_file(void)
{
	unlink("/nonexistent/file");
}

static void rename_file(void)
{
	rename("/nonexistent/a", "/nonexistent/b");
}

static void talk_to_manager(void)
{
	socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static void kill_one(void)
{
	kill(getppid(), SIGKILL);
}

static void raise_caps(void)
{
	syscall(SYS_capset, NULL, NULL);
}

/* a root without capabilities can have the kernel send these for a socket */
static void own_socket(void)
{
	fcntl(0, F_SETOWN, getppid());
}

static void choose_signal(void)
{
	fcntl(0, F_SETSIG, SIGKILL);
}

static void ask_signals(void)
{
	fcntl(0, F_SETFL, O_ASYNC);
}

static void lease_file(void)
{
	fcntl(0, F_SETLEASE, F_RDLCK);
}

static void own_program(void)
{
	char *const argv[] = { "test_jail", NULL };

	syscall(SYS_execveat, exe, "", argv, environ, AT_EMPTY_PATH);
}

static void kill_gently(void)
{
	kill(getppid(), SIGCONT);
}

static void new_namespace(void)
{
	syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0);
}

/** struct forbidden - what nobody in a jail may do */
struct forbidden {
	const char *what;
	void (*fn)(void);
};

static void all_killed(enum jail who, const struct forbidden *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!CHECK(killed(who, list[i].fn)))
			ktap_note("%s: %s", who == JAIL_READER ? "reader" :
								 "broker",
				  list[i].what);
}

static void forbidden(void)
{
	static const struct forbidden both[] = {
		{ "execve", run_program },
		{ "execveat of another file", run_other },
		{ "execveat by name", run_by_name },
		{ "clone into a namespace", new_namespace },
		{ "ptrace", trace },
		{ "socket of IPv4", new_socket },
		{ "netlink", netlink },
		{ "connect", go_out },
		{ "setuid", become },
		{ "chroot", move_root },
		{ "init_module", load_module },
		{ "process_vm_readv", other_memory },
		{ "tgkill of another", kill_other },
		{ "a signal to another", kill_gently },
	};
	static const struct forbidden reader[] = {
		{ "fork", make_process },
		{ "clone", make_thread },
		{ "execveat of its own program", own_program },
		{ "mmap of code", map_code },
		{ "mprotect to code", make_code },
		{ "open", open_file },
		{ "openat to write", write_file },
		{ "unlink", delete_file },
		{ "rename", rename_file },
		{ "socket to the service manager", talk_to_manager },
		{ "kill", kill_one },
		{ "capset", raise_caps },
		{ "whom a socket's signals are for", own_socket },
		{ "which signal", choose_signal },
		{ "signals of a socket", ask_signals },
		{ "a lease", lease_file },
	};

	if (!alone())
		return;
	exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	CHECK(exe >= 0);
	all_killed(JAIL_READER, both, sizeof(both) / sizeof(both[0]));
	all_killed(JAIL_READER, reader, sizeof(reader) / sizeof(reader[0]));
	all_killed(JAIL_BROKER, both, sizeof(both) / sizeof(both[0]));
	close(exe);
	exe = -1;
}

#define COUNT_MANY	16384
static unsigned int many[COUNT_MANY];

static int by_value(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

/* exchanges and rekeys, which is what a reader does by itself */
static void live_reader(void)
{
	world_acquire(&w, 0, 1, 80);
	world_run(&w);
	world_advance(&w, 4000000);
	if (world_pairs(&w, 0, 1) != 1 || world_installed(&w, 0) != 2)
		_exit(3);
	btnsd_goodbye(&w.h[1].d);
	world_advance(&w, 10000);
	/* since when a peer is known */
	if (!gmtime_r(&(time_t){ 1000 }, &(struct tm){ 0 }))
		_exit(9);
	/* a full store is sorted, and a file that the broker opened looked at */
	qsort(many, COUNT_MANY, sizeof(many[0]), by_value);
	if (many[0] > many[1] || geteuid() == (uid_t)-1)
		_exit(8);
}

/* and with files: a store that is written and renamed, another configuration */
static void live_broker(void)
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

static void lives(enum jail who, void (*fn)(void))
{
	char leap[160] = "", both[200];
	const char *folder = temp_path("groups");
	char file[TEMP_PATH_MAX + 8];
	FILE *conf;
	int i, status;

	/* files are what a reader has of its broker */
	if (who == JAIL_BROKER)
		snprintf(leap, sizeof(leap),
			 "known = { mode = \"accept-new\"; file = \"%s\"; };",
			 world_store_path(0, ".known"));
	conf = fopen(world_store_path(2, ""), "w");
	CHECK(!mkdir(folder, 0700));
	snprintf(file, sizeof(file), "%s/private", folder);
	/* an older key of ours is read then, too */
	key_free(world_key(0, KEY_ED25519));
	CHECK(conf &&
	      fprintf(conf,
		      "ike = { dpd = 60; }; child = { keep = true; };\n%s\ngroups = { files = \"%s\"; };\n",
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
		w.h[i].store = who == JAIL_BROKER;
		CHECK(world_up(&w, i, i ? KEY_RSA : KEY_ECDSA_P256,
			       i ? "ike = { lifetime = 2000; };" : both));
	}
	CHECK(crypto_start());
	tzset();
	status = jailed(who, fn);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 0);
	if (WIFSIGNALED(status))
		ktap_note("killed by signal %d", WTERMSIG(status));
	world_fini(&w);
	unlink(file);
	rmdir(folder);
}

static void allowed(void)
{
	if (!alone())
		return;
	lives(JAIL_READER, live_reader);
	lives(JAIL_BROKER, live_broker);
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
		{ "a system call that reader or broker does not need kills it", forbidden },
		{ "what they need is allowed", allowed },
		{ "who is killed is started anew", watched },
	};

	return KTAP_RUN(tests);
}
