#include "file_batch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace packet_io {
namespace {

// About 800 names of usual length; the kernel asks for room for at least one.
constexpr size_t kListingBytes = 32768;
constexpr int64_t kNsPerSecond = 1000000000;

int64_t Nanoseconds(const struct statx_timestamp& time) {
    return static_cast<int64_t>(time.tv_sec) * kNsPerSecond + static_cast<int64_t>(time.tv_nsec);
}

void Look(int folder, const char* name, int flags, int64_t* row) {
    struct statx facts;
    std::memset(&facts, 0, sizeof(facts));
    if (statx(folder, name, flags | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_BTIME, &facts) != 0) {
        row[0] = errno;
        return;
    }
    row[0] = 0;
    row[1] = facts.stx_mode;
    row[2] = static_cast<int64_t>(facts.stx_size);
    row[3] = Nanoseconds(facts.stx_mtime);
    row[4] = Nanoseconds(facts.stx_atime);
    row[5] = (facts.stx_mask & STATX_BTIME) != 0 ? Nanoseconds(facts.stx_btime) : 0;
    row[6] = static_cast<int64_t>(facts.stx_ino);
    row[7] = static_cast<int64_t>(makedev(facts.stx_dev_major, facts.stx_dev_minor));
    row[8] = facts.stx_uid;
    row[9] = facts.stx_gid;
    row[10] = static_cast<int64_t>(facts.stx_blocks) * 512;
}

int OpenRetrying(int folder, const char* name, int flags, mode_t mode) {
    int file = -1;
    do {
        file = openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode);
    } while (file < 0 && errno == EINTR);
    return file;
}

int ReadWhole(int file, uint8_t* target, size_t size) {
    for (size_t done = 0; done < size;) {
        const ssize_t count = pread(file, target + done, size - done, static_cast<off_t>(done));
        if (count < 0 && errno != EINTR) {
            return errno;
        }
        if (count == 0) {
            return ENODATA;
        }
        done += count > 0 ? static_cast<size_t>(count) : 0;
    }
    return 0;
}

int WriteWhole(int file, const uint8_t* content, size_t length) {
    for (size_t done = 0; done < length;) {
        const ssize_t count = pwrite(file, content + done, length - done, static_cast<off_t>(done));
        if (count < 0 && errno != EINTR) {
            return errno;
        }
        done += count > 0 ? static_cast<size_t>(count) : 0;
    }
    return 0;
}

timespec FromNanoseconds(int64_t ns) {
    timespec time;
    int64_t rest = ns % kNsPerSecond;
    rest = rest < 0 ? rest + kNsPerSecond : rest;
    time.tv_sec = static_cast<time_t>((ns - rest) / kNsPerSecond);
    time.tv_nsec = static_cast<long>(rest);
    return time;
}

timespec AccessTime(int64_t ns) {
    timespec now;
    now.tv_sec = 0;
    now.tv_nsec = UTIME_NOW;
    return ns == kNow ? now : FromNanoseconds(ns);
}

int SetTimes(int file, int64_t atime_ns, int64_t mtime_ns) {
    timespec times[2];
    times[0] = AccessTime(atime_ns);
    times[1] = FromNanoseconds(mtime_ns);
    return futimens(file, times) != 0 ? errno : 0;
}

void WriteOne(int folder, const NewFile& wanted, int64_t* row) {
    const int file = OpenRetrying(folder, wanted.name.c_str(), O_RDWR | O_CREAT | O_EXCL, wanted.mode & 0777);
    if (file < 0) {
        row[0] = errno;
        return;
    }
    int error = WriteWhole(file, wanted.content, wanted.length);
    if (error == 0) {
        error = SetTimes(file, wanted.atime_ns, wanted.mtime_ns);
    }
    if (error == 0) {
        Look(file, "", AT_EMPTY_PATH, row);
        error = static_cast<int>(row[0]);
    }
    // what the system tells only now (network file systems) counts as well
    if (close(file) != 0 && error == 0 && errno != EINTR) {
        error = errno;
    }
    if (error != 0) {
        unlinkat(folder, wanted.name.c_str(), 0);
    }
    row[0] = error;
}

// Removes the open file, unless its name means another one or somebody has written to it.
void RemoveIfOurs(int folder, const char* name, int file) {
    Row own = {};
    Row named = {};
    Look(file, "", AT_EMPTY_PATH, own);
    Look(folder, name, AT_SYMLINK_NOFOLLOW, named);
    if (own[0] == 0 && named[0] == 0 && own[6] == named[6] && own[7] == named[7] && named[2] == 0) {
        unlinkat(folder, name, 0);
    }
}

int MakeEmpty(int folder, const EmptyFile& wanted) {
    const int file = OpenRetrying(folder, wanted.name, O_WRONLY | O_CREAT | O_EXCL, wanted.mode & 0777);
    if (file < 0) {
        return errno;
    }
    int error = SetTimes(file, kNow, wanted.mtime_ns);
    if (error != 0) {
        RemoveIfOurs(folder, wanted.name, file);
    }
    if (close(file) != 0 && error == 0 && errno != EINTR) {
        error = errno;
    }
    return error;
}

void ReadOne(int folder, const char* name, size_t size, uint8_t* target, int flags, int64_t* row) {
    if (size == 0) {
        // there is nothing to be read, and the facts say whether that is still so
        Look(folder, name, AT_SYMLINK_NOFOLLOW, row);
        if (row[0] == 0 && !S_ISREG(static_cast<mode_t>(row[1]))) {
            row[0] = S_ISLNK(static_cast<mode_t>(row[1])) ? ELOOP : EINVAL;
        }
        return;
    }
    const int file = OpenRetrying(folder, name, O_RDONLY | flags, 0);
    if (file < 0) {
        row[0] = errno;
        return;
    }
    // a pipe would wait, and a device do anything at all
    struct stat kind;
    int error = fstat(file, &kind) != 0 ? errno : S_ISREG(kind.st_mode) ? 0 : EINVAL;
    if (error == 0) {
        error = ReadWhole(file, target, size);
    }
    if (error == 0) {
        Look(file, "", AT_EMPTY_PATH, row);
        error = static_cast<int>(row[0]);
    }
    close(file);
    row[0] = error;
}

}  // namespace

int ReadFolder(int folder, FolderListing* listing) {
    // getdents64 keeps its place in the handle, so nothing has to be kept here between two calls.
    struct Entry {
        uint64_t inode;
        int64_t offset;
        uint16_t length;
        uint8_t type;
        char name[];
    };
    alignas(Entry) char buffer[kListingBytes];
    while (listing->count == 0) {
        const long size = syscall(SYS_getdents64, folder, buffer, sizeof(buffer));
        if (size <= 0) {
            return size == 0 ? 0 : errno;
        }
        for (long at = 0; at < size;) {
            const Entry* const entry = reinterpret_cast<const Entry*>(buffer + at);
            at += entry->length;
            const char* const name = entry->name;
            if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) {
                continue;
            }
            listing->names.append(name);
            listing->names.push_back('\0');
            listing->rows.resize(listing->rows.size() + kFactColumns);
            Look(folder, name, AT_SYMLINK_NOFOLLOW, listing->rows.data() + listing->count * kFactColumns);
            listing->count += 1;
        }
    }
    return 0;
}

void ReadFiles(int folder, const std::vector<std::string>& names, const std::vector<size_t>& sizes, uint8_t* target,
               bool quietly, int64_t* rows) {
    const int flags = quietly ? O_NOATIME : 0;
    for (size_t i = 0; i < names.size(); i++) {
        ReadOne(folder, names[i].c_str(), sizes[i], target, flags, rows + i * kFactColumns);
        target += sizes[i];
    }
}

void WriteFiles(int folder, const std::vector<NewFile>& files, int64_t* rows) {
    for (size_t i = 0; i < files.size(); i++) {
        WriteOne(folder, files[i], rows + i * kFactColumns);
    }
}

void MakeEmptyFiles(int folder, const std::vector<EmptyFile>& files, int32_t* errors) {
    for (size_t i = 0; i < files.size(); i++) {
        errors[i] = MakeEmpty(folder, files[i]);
    }
}

void RenameFiles(int folder, const std::vector<Renaming>& files, int64_t* errors) {
    for (size_t i = 0; i < files.size(); i++) {
        const Renaming& file = files[i];
        Row row = {};
        Look(folder, file.from.c_str(), AT_SYMLINK_NOFOLLOW, row);
        if (row[0] == 0 && (row[6] != file.inode || row[7] != file.device)) {
            row[0] = ENOENT;
        }
        if (row[0] == 0 && renameat(folder, file.from.c_str(), folder, file.to.c_str()) != 0) {
            row[0] = errno;
        }
        errors[i] = row[0];
    }
}

void SyncFiles(int folder, const std::vector<WrittenFile>& files, int64_t* errors) {
    for (size_t i = 0; i < files.size(); i++) {
        const int file = OpenRetrying(folder, files[i].name.c_str(), O_RDWR, 0);
        if (file < 0) {
            errors[i] = errno;
            continue;
        }
        Row row = {};
        Look(file, "", AT_EMPTY_PATH, row);
        if (row[0] == 0 && (row[6] != files[i].inode || row[7] != files[i].device)) {
            row[0] = ENOENT;
        }
        if (row[0] == 0 && fdatasync(file) != 0) {
            row[0] = errno;
        }
        close(file);
        errors[i] = row[0];
    }
}

void OwnFiles(int folder, const std::vector<WrittenFile>& files, const std::vector<Ownership>& owners, int64_t* lost) {
    constexpr uid_t no_user = static_cast<uid_t>(-1);
    constexpr gid_t no_group = static_cast<gid_t>(-1);
    for (size_t i = 0; i < files.size(); i++) {
        const int64_t all = (owners[i].uid == kSame ? 0 : kOwnerNotSet) | (owners[i].gid == kSame ? 0 : kGroupNotSet);
        lost[i] = all;
        const int file = all == 0 ? -1 : OpenRetrying(folder, files[i].name.c_str(), O_RDONLY, 0);
        if (file < 0) {
            continue;
        }
        Row row = {};
        Look(file, "", AT_EMPTY_PATH, row);
        if (row[0] == 0 && row[6] == files[i].inode && row[7] == files[i].device) {
            // the group first: who has given a file away may not do it any more
            if ((all & kGroupNotSet) != 0 && fchown(file, no_user, static_cast<gid_t>(owners[i].gid)) == 0) {
                lost[i] &= ~kGroupNotSet;
            }
            if ((all & kOwnerNotSet) != 0 && fchown(file, static_cast<uid_t>(owners[i].uid), no_group) == 0) {
                lost[i] &= ~kOwnerNotSet;
            }
        }
        close(file);
    }
}

int FindData(int file, int64_t from, int64_t end, int64_t* data_start, int64_t* data_end) {
    *data_start = end;
    *data_end = end;
    const off_t start = lseek(file, from, SEEK_DATA);
    if (start < 0) {
        // ENXIO: nothing but a hole up to the end
        return errno == ENXIO ? 0 : errno;
    }
    const off_t hole = lseek(file, start, SEEK_HOLE);
    if (hole < 0) {
        return errno;
    }
    *data_start = std::min<int64_t>(start, end);
    *data_end = std::min<int64_t>(hole, end);
    return 0;
}

}  // namespace packet_io
