"""Trees of files on CephFS: what is in one, copying one, removing one. Paths are bytes, told as text with surrogates."""

import hashlib
import os
import stat

CHUNK = 4 << 20
KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}


def kind(mode):
    return KINDS.get(stat.S_IFMT(mode), "special")


def children(mount, path):
    handle = mount.opendir(path)
    try:
        names = []
        entry = mount.readdir(handle)
        while entry:
            if entry.d_name not in (b".", b".."):
                names.append(entry.d_name)
            entry = mount.readdir(handle)
        return sorted(names)
    finally:
        mount.closedir(handle)


def walk(mount, top, path=b""):
    """Yields (path below the top, stat), directories before what is in them, the top itself left out."""
    for name in children(mount, os.path.join(top, path) if path else top):
        below = os.path.join(path, name) if path else name
        found = mount.lstat(os.path.join(top, below))
        yield below, found
        if stat.S_ISDIR(found.st_mode):
            yield from walk(mount, top, below)


def chunks(mount, path):
    handle = mount.open(path, os.O_RDONLY, 0)
    try:
        offset = 0
        while True:
            data = mount.read(handle, offset, CHUNK)
            if not data:
                return
            yield data
            offset += len(data)
    finally:
        mount.close(handle)


def digest(mount, path):
    sum_ = hashlib.sha256()
    for data in chunks(mount, path):
        sum_.update(data)
    return sum_.hexdigest()


def target(mount, path):
    text = mount.readlink(path, 4096)
    return os.fsdecode(text)


def listing(mount, top):
    """Every entry of a tree with all that an archive must give back, sorted by path."""
    entries = []
    for below, found in walk(mount, top):
        what = kind(found.st_mode)
        entry = {
            "path": os.fsdecode(below),
            "type": what,
            "mode": stat.S_IMODE(found.st_mode),
            "uid": found.st_uid,
            "gid": found.st_gid,
        }
        if what == "file":
            entry["size"] = found.st_size
            entry["mtime"] = int(found.st_mtime.timestamp())
            entry["sha256"] = digest(mount, os.path.join(top, below))
        elif what == "link":
            entry["target"] = target(mount, os.path.join(top, below))
        elif what == "special":
            entry["format"] = stat.S_IFMT(found.st_mode)
        entries.append(entry)
    return sorted(entries, key=lambda entry: entry["path"])


def copy(mount, top, into):
    """Copies a tree into a new directory; everything is on the OSDs when it returns."""
    mount.mkdir(into, 0o700)
    directories = []
    for below, found in walk(mount, top):
        from_, to = os.path.join(top, below), os.path.join(into, below)
        what = kind(found.st_mode)
        if what == "directory":
            mount.mkdir(to, 0o700)
            directories.append((to, found))
        elif what == "link":
            mount.symlink(mount.readlink(from_, 4096), to)
        elif what == "special":
            mount.mknod(to, found.st_mode, 0)
        else:
            copy_file(mount, from_, to, found)
        if what != "link":
            own(mount, to, found)
        else:
            mount.chown(to, found.st_uid, found.st_gid, False)
    mount.sync_fs()


def copy_file(mount, from_, to, found):
    handle = mount.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        offset = 0
        for data in chunks(mount, from_):
            written = 0
            while written < len(data):
                written += mount.write(handle, data[written:], offset + written)
            offset += len(data)
        mount.fsync(handle, 0)
    finally:
        mount.close(handle)
    mount.utimes(to, (found.st_atime.timestamp(), found.st_mtime.timestamp()))


def own(mount, path, found):
    mount.chown(path, found.st_uid, found.st_gid)
    mount.chmod(path, stat.S_IMODE(found.st_mode))


def remove(mount, top):
    """Removes a tree; one that is not there is gone already."""
    if not exists(mount, top):
        return
    for below, found in reversed(list(walk(mount, top))):
        path = os.path.join(top, below)
        mount.rmdir(path) if stat.S_ISDIR(found.st_mode) else mount.unlink(path)
    mount.rmdir(top)


def exists(mount, path):
    try:
        mount.lstat(path)
        return True
    except Exception as error:
        if getattr(error, "errno", None) == 2 or type(error).__name__ == "ObjectNotFound":
            return False
        raise


def write_text(mount, path, text):
    handle = mount.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        data = text.encode("utf-8", "surrogateescape")
        offset = 0
        while offset < len(data):
            offset += mount.write(handle, data[offset:], offset)
        mount.fsync(handle, 0)
    finally:
        mount.close(handle)


def read_text(mount, path):
    if not exists(mount, path):
        return None
    return b"".join(chunks(mount, path)).decode("utf-8", "surrogateescape")


def answer(mount, request):
    path = os.fsencode(request["path"])
    action = request["action"]
    if action == "list":
        return listing(mount, path) if exists(mount, path) else None
    if action == "copy":
        return copy(mount, path, os.fsencode(request["into"]))
    if action == "remove":
        return remove(mount, path)
    if action == "rename":
        return mount.rename(path, os.fsencode(request["into"]))
    if action == "mkdir":
        return None if exists(mount, path) else mount.mkdir(path, 0o700)
    if action == "write":
        return write_text(mount, path, request["text"])
    if action == "read":
        return read_text(mount, path)
    raise ValueError(f"no such action: {action}")
