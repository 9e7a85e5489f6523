// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * After the start the broker needs CAP_NET_ADMIN, since netlink looks at the
 * sender of each message, and the reader needs nothing. Everything else is
 * given up for good.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "btnsd/priv.h"

/**
 * priv_harden() - keep keys out of core files and away from debuggers
 *
 * Return: 0 or a negative errno.
 */
int priv_harden(void)
{
	const struct rlimit none = { 0, 0 };

	umask(077);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &none) < 0)
		return -errno;
	return 0;
}

/**
 * priv_drop() - give up all privileges but some
 * @keep: set of 1 << CAP_*, of the first 32
 *
 * The user stays who it is: without capabilities root is a user whose files
 * are the configuration and the key, and the reader can open no file.
 *
 * Return: 0 or a negative errno.
 */
int priv_drop(uint32_t keep)
{
	struct __user_cap_header_struct hdr = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];
	unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
			     SECBIT_NO_SETUID_FIXUP |
			     SECBIT_NO_SETUID_FIXUP_LOCKED;
	int cap;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (syscall(SYS_capget, &hdr, data) < 0)
		return -errno;
	/* without CAP_SETPCAP there is nothing to give away in these two */
	if (data[0].effective & (1u << CAP_SETPCAP)) {
		for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
			if ((cap > 31 || !(keep & 1u << cap)) &&
			    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
				return -errno;
		if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0)
			return -errno;
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 &&
	    errno != EINVAL)
		return -errno;
	memset(data, 0, sizeof(data));
	data[0].effective = keep;
	data[0].permitted = keep;
	if (syscall(SYS_capset, &hdr, data) < 0)
		return -errno;
	return 0;
}
