// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files for the reader, which can open none by itself: to read, those that the
 * configuration names; to replace, the store of peers, the secret beside it, and
 * the file of known peers.
 * A file with a key of ours or with a shared secret is opened for nobody,
 * whatever name it is asked by.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btnsd/broker/serve.h"
#include "btnsd/crypto/file.h"
#include "libbtns/file.h"

static void paths_free(struct serve_paths *p)
{
	while (p->n)
		free(p->path[--p->n]);
	free(p->path);
	p->path = NULL;
}

/* opens as the host does, and remembers what was opened */
static int note_open(void *ctx, const char *path)
{
	struct serve_paths *p = ctx;
	char **bigger = reallocarray(p->path, p->n + 1, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	p->path = bigger;
	bigger[p->n] = strdup(path);
	if (!bigger[p->n])
		return -ENOMEM;
	p->n++;
	return file_open_here(NULL, path);
}

/**
 * serve_conf() - read the configuration, and what files it names
 * @s: broker
 * @path: its file
 * @err: why not, one line with place and remedy
 *
 * Return: 0; or -EINVAL, and what was in force stays.
 */
int serve_conf(struct serve *s, const char *path, char err[static CONF_ERR_MAX])
{
	struct serve_paths files = { 0 };
	struct conf *conf;

	file_use(note_open, &files);
	conf = conf_read_file(path, err);
	file_use(NULL, NULL);
	if (!conf) {
		paths_free(&files);
		return -EINVAL;
	}
	/* the store is where it was at the start */
	if (!s->store &&
	    (asprintf(&s->store, "%s", conf->store_path) < 0 ||
	     asprintf(&s->qcd, "%s.qcd", conf->store_path) < 0)) {
		snprintf(err, CONF_ERR_MAX, "%s:0: out of memory", path);
		conf_free(conf);
		paths_free(&files);
		return -EINVAL;
	}
	/* the reader may refuse it; then what it has not taken is skipped */
	if (s->before)
		conf_free(s->conf);
	else
		s->before = s->conf;
	paths_free(&s->files);
	s->conf = conf;
	s->files = files;
	s->pad_due = true;
	serve_policies_before(s);
	return 0;
}

/**
 * serve_free() - free what the broker has; the key is not the broker's
 * @s: broker
 */
void serve_free(struct serve *s)
{
	conf_free(s->conf);
	conf_free(s->before);
	paths_free(&s->files);
	sas_clear(&s->sas);
	free(s->spd.policy);
	free(s->store);
	free(s->qcd);
	wipe(s->tag_key, sizeof(s->tag_key));
}

static bool is_named(const struct serve *s, const char *path)
{
	size_t i;

	for (i = 0; i < s->files.n; i++)
		if (!strcmp(s->files.path[i], path))
			return true;
	return false;
}

static bool is_known_of(const struct conf *c, const char *path)
{
	return c && c->known != CONF_KNOWN_OFF && !strcmp(path, c->known_path);
}

static bool is_ours(const struct serve *s, const char *path)
{
	return !strcmp(path, s->store) || !strcmp(path, s->qcd) ||
	       is_known_of(s->conf, path) || is_known_of(s->before, path);
}

/* by a link, or as a certificate: it is the same file */
static bool is_file(const struct stat *st, const char *path)
{
	struct stat of;

	/* one that has gone since we read it is no file that could be opened */
	if (stat(path, &of))
		return errno != ENOENT;
	return of.st_dev == st->st_dev && of.st_ino == st->st_ino;
}

static bool is_key_of(const struct conf *c, const struct stat *st)
{
	size_t i;

	for (i = 0; c && i < c->n_old_keys; i++)
		if (is_file(st, c->old_key_path[i]))
			return true;
	return false;
}

/* is it a private key of ours, whatever it is called? */
static bool is_key(const struct serve *s, int fd)
{
	struct stat st;

	return fstat(fd, &st) || is_file(&st, s->key_path) ||
	       is_file(&st, s->conf->key_path) || is_key_of(s->conf, &st) ||
	       is_key_of(s->before, &st);
}

static bool is_secret_of(const struct conf *c, const struct stat *st)
{
	size_t i;

	for (i = 0; c && i < c->n_peers; i++)
		if (c->peer[i].psk_path && is_file(st, c->peer[i].psk_path))
			return true;
	return false;
}

/* is it a secret that we share, whatever it is called? */
static bool is_secret(const struct serve *s, int fd)
{
	struct stat st;

	return fstat(fd, &st) || is_secret_of(s->conf, &st) ||
	       is_secret_of(s->before, &st);
}

static void say(struct serve *s, int err)
{
	snprintf(s->why, sizeof(s->why), "%s", strerror(-err));
}

/**
 * serve_file_open() - a file to read
 * @s: broker
 *
 * Return: 0 and the answer has a descriptor; -EPERM; a negative errno of the
 * file; or as serve_bad().
 */
int serve_file_open(struct serve *s)
{
	char path[PROTO_TEXT];
	bool ours;
	int fd;

	if (!proto_get_text(&s->m, path))
		return serve_bad(s);
	ours = is_ours(s, path);
	if (!ours && !is_named(s, path))
		return serve_refuse(s, "a file that the configuration does not name");
	fd = ours ? lbtns_file_host_ops.open(NULL, path) :
		    file_open_here(NULL, path);
	if (fd < 0) {
		say(s, fd);
		return fd;
	}
	if (is_key(s, fd)) {
		close(fd);
		return serve_refuse(s, "the file of a key of ours");
	}
	if (is_secret(s, fd)) {
		close(fd);
		return serve_refuse(s, "the file of a shared secret");
	}
	proto_begin(&s->m, PROTO_DONE);
	s->m.fd = fd;
	return 0;
}

/* the file that the reader wants to replace; 0 if it may */
static int get_ours(struct serve *s, char path[static PROTO_TEXT])
{
	if (!proto_get_text(&s->m, path))
		return serve_bad(s);
	return is_ours(s, path) ? 0 :
				  serve_refuse(s, "to write a file that is not the store");
}

/* the answer is a descriptor, which is not kept; or why there is none */
static int give(struct serve *s, int fd)
{
	if (fd < 0) {
		say(s, fd);
		return fd;
	}
	proto_begin(&s->m, PROTO_DONE);
	s->m.fd = fd;
	return 0;
}

/**
 * serve_file_create() - a file to write, which shall replace another
 * @s: broker
 *
 * Return: as serve_file_open().
 */
int serve_file_create(struct serve *s)
{
	char path[PROTO_TEXT];
	int err = get_ours(s, path);

	if (err)
		return err;
	return give(s, lbtns_file_host_ops.create(NULL, path));
}

/**
 * serve_file_lock() - the file by whose lock others are kept away
 * @s: broker
 *
 * Return: as serve_file_open().
 */
int serve_file_lock(struct serve *s)
{
	char path[PROTO_TEXT];
	int err = get_ours(s, path);

	if (err)
		return err;
	return give(s, lbtns_file_host_ops.lock(NULL, path));
}

/**
 * serve_file_commit() - put the new file in the place of the old
 * @s: broker
 *
 * Return: 0; -EPERM; a negative errno of the file; or as serve_bad().
 */
int serve_file_commit(struct serve *s)
{
	char path[PROTO_TEXT];
	int err = get_ours(s, path);

	if (err)
		return err;
	err = lbtns_file_host_ops.commit(NULL, path);
	say(s, err);
	return err;
}

/**
 * serve_file_drop() - forget the new file
 * @s: broker
 *
 * Return: 0; -EPERM; or as serve_bad().
 */
int serve_file_drop(struct serve *s)
{
	char path[PROTO_TEXT];
	int err = get_ours(s, path);

	if (!err)
		lbtns_file_host_ops.drop(NULL, path);
	return err;
}

/**
 * serve_file_aside() - give the store another name
 * @s: broker
 *
 * Return: as serve_file_commit().
 */
int serve_file_aside(struct serve *s)
{
	char path[PROTO_TEXT];
	int err = get_ours(s, path);

	if (err)
		return err;
	err = lbtns_file_host_ops.aside(NULL, path);
	say(s, err);
	return err;
}
