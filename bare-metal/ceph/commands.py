"""Runs commands of a Ceph cluster for Lectern: one request a line on stdin, one reply a line on stdout, both JSON.

The first line says where: {"conf", "keyring", "client"}; the reply is {"status": 0} once connected. Then, each:
  {"to": "mon" | "mgr", "command": {...}}      a command as `ceph` sends it
  {"to": "mds", "filesystem", "command": {...}} the same, to the active MDS of a file system
  {"to": "directory", "filesystem", "path"}     how many entries the directory holds
  {"to": "tree", "filesystem", "action", "path", ...}  trees.py; "fresh": true reads by a mount of its own, from the OSDs
Replies: {"status": 0, "output": ...} or {"status": -errno, "message": "..."}. Ends with stdin.
"""

import errno
import json
import os
import sys
import threading

import rados

import trees

CONNECT_SECONDS = 15
COMMAND_SECONDS = 60


def connect(where):
    options = {
        "keyring": where["keyring"],
        "client_mount_timeout": str(CONNECT_SECONDS),
        "rados_mon_op_timeout": str(COMMAND_SECONDS),
    }
    cluster = rados.Rados(conffile=where["conf"], name=where["client"], conf=options)
    cluster.connect(timeout=CONNECT_SECONDS)
    return cluster


class Filesystems:
    """Mounts of file systems, made when first needed."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.mounted = {}

    def get(self, name):
        if name not in self.mounted:
            self.mounted[name] = self.mount(name)
        return self.mounted[name]

    def mount(self, name):
        import cephfs

        mount = cephfs.LibCephFS(rados_inst=self.cluster)
        mount.mount(filesystem_name=name.encode())
        return mount

    def fresh(self, name, work):
        """What the work returns with a mount that has nothing in its cache."""
        mount = self.mount(name)
        try:
            return work(mount)
        finally:
            mount.shutdown()

    def close(self):
        for mount in self.mounted.values():
            mount.shutdown()


def entries(mount, path):
    handle = mount.opendir(path.encode())
    try:
        count = 0
        entry = mount.readdir(handle)
        while entry:
            count += entry.d_name not in (b".", b"..")
            entry = mount.readdir(handle)
        return count
    finally:
        mount.closedir(handle)


def answer(cluster, filesystems, request):
    to = request["to"]
    if to == "directory":
        return {"status": 0, "output": entries(filesystems.get(request["filesystem"]), request["path"])}
    if to == "tree":
        name = request["filesystem"]
        if request.get("fresh"):
            return {"status": 0, "output": filesystems.fresh(name, lambda mount: trees.answer(mount, request))}
        return {"status": 0, "output": trees.answer(filesystems.get(name), request)}
    command = json.dumps({"format": "json", **request["command"]})
    if to == "mds":
        mount = filesystems.get(request["filesystem"])
        status, output, message = within_time(
            lambda: mount.mds_command(request["filesystem"] + ":0", command, "")
        )
    else:
        send = {"mon": cluster.mon_command, "mgr": cluster.mgr_command}[to]
        status, output, message = send(command, b"", timeout=COMMAND_SECONDS)
    if status != 0:
        return {"status": status, "message": message}
    text = output.decode() if isinstance(output, bytes) else output
    try:
        return {"status": 0, "output": json.loads(text)}
    except ValueError:
        return {"status": 0, "output": text.strip()}


def within_time(work):
    """What work() returns, or a time-out: libcephfs waits for ever for an MDS that does not answer."""
    done = []
    thread = threading.Thread(target=lambda: done.append(work()), daemon=True)
    thread.start()
    thread.join(COMMAND_SECONDS)
    return done[0] if done else (-errno.ETIMEDOUT, b"", f"the MDS did not answer within {COMMAND_SECONDS} s")


def reply(value):
    print(json.dumps(value), flush=True)


def failure(error):
    return {"status": -(getattr(error, "errno", None) or 5), "message": str(error)}


def main():
    try:
        cluster = connect(json.loads(sys.stdin.readline()))
    except rados.Error as error:
        reply(failure(error))
        return
    reply({"status": 0})
    filesystems = Filesystems(cluster)
    for line in sys.stdin:
        try:
            result = answer(cluster, filesystems, json.loads(line))
            reply(result)
            if result["status"] == -errno.ETIMEDOUT:
                # A call is still stuck, and would keep an orderly end from coming.
                os._exit(1)
        except Exception as error:  # The other side decides what an error means.
            reply(failure(error))
    filesystems.close()
    cluster.shutdown()


main()
